import { checkTypes } from '../expressions/typing/check-types.ts';
import type { TypeFault } from '../expressions/typing/typing.ts';
import { inWords, mayBe, type ValueType } from '../expressions/typing/value-type.ts';
import { knownType } from './known-types.ts';
import type { ExpressionText } from './read-text.ts';
import type { Visible } from './reference-rules.ts';
import { templateParts } from './template-parts.ts';

/** What a key needs its expression to give, and what messages call it. */
const needs: Readonly<Record<string, { readonly type: ValueType; readonly what: string }>> = {
  when: { type: 'boolean', what: 'a condition is true or false' },
  condition: { type: 'boolean', what: 'a condition is true or false' },
  loop_condition: { type: 'boolean', what: 'a condition is true or false' },
  match: { type: 'boolean', what: 'a condition is true or false' },
  for_each: { type: 'list', what: 'for_each works on a list' },
  items: { type: 'list', what: 'items are a list' },
  until: { type: 'text', what: 'until is a time in ISO 8601' },
};

/** What in a text with expressions can only fail, whatever the values are; places are those within the text. */
export function typeFaults(
  { kind, text, path }: ExpressionText,
  visible: Pick<Visible, 'definition' | 'graph' | 'names'>,
): readonly TypeFault[] {
  const check = (source: string) => checkTypes(source, (read) => knownType(read, visible));
  const { parts, whole } =
    kind === 'condition' ? { parts: [{ source: text, offset: 0 }], whole: true } : templateParts(text);
  const checked = parts.map(({ source, offset }) => ({ ...check(source), offset }));
  const faults = checked.flatMap((each) =>
    each.faults.map(({ message, start, end }) => ({
      message,
      start: start + each.offset,
      end: end + each.offset,
    })),
  );
  if (faults.length > 0) return faults;
  const type = whole ? (checked[0]?.type ?? 'any') : 'text';

  return misfit(String(path.at(-1)), type, text);
}

function misfit(key: string, type: ValueType, text: string): readonly TypeFault[] {
  const need = Object.hasOwn(needs, key) ? needs[key] : undefined;
  if (need === undefined || mayBe(type, need.type)) return [];

  return [{ message: `${need.what}, and this is ${inWords(type)}`, start: 0, end: text.length }];
}
