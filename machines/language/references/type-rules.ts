import type { Definition, InputProperty } from '../../definition.ts';
import { closingBrace } from '../../expressions/scan.ts';
import { checkTypes } from '../../expressions/typing/check-types.ts';
import {
  commonType,
  inWords,
  mayBe,
  type TypeFault,
  typeOfValue,
  type ValueType,
} from '../../expressions/typing/typing.ts';
import type { TaskGraph } from '../outline.ts';
import type { ExpressionText } from '../text/read-text.ts';
import { knownOutputs, typeOfConstant } from './known-outputs.ts';
import type { Visible } from './reference-rules.ts';

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

type Known = {
  readonly definition: Definition;
  readonly graph: TaskGraph;
  readonly names: ReadonlySet<string>;
};

/** The type of what an expression reads at one place of a definition: `any` unless it can be nothing else. */
function knownType([root = '', ...rest]: readonly string[], known: Known): ValueType {
  if (known.names.has(root)) return typeOfPlaced(root, rest);
  if (root === 'workflow') return typeInWorkflow(rest, known);
  if (root === 'tasks') return rest[0] === undefined ? 'map' : typeInTask(rest[0], rest.slice(1), known);
  if (root === 'secrets') return rest.length === 0 ? 'map' : 'any';

  return typeInTask(root, rest, known);
}

function typeOfPlaced(root: string, rest: readonly string[]): ValueType {
  if (root === 'index' && rest.length === 0) return 'number';
  if (root !== 'loop') return 'any';

  return rest[0] === 'iteration' && rest.length === 1 ? 'number' : 'any';
}

function typeInWorkflow([member, name, ...deeper]: readonly string[], known: Known): ValueType {
  if (deeper.length > 0) return 'any';
  if (name === undefined) return member === 'id' || member === 'run_id' ? 'text' : 'any';
  if (member === 'variables') return typeOfVariable(name, known);
  const input = Object.hasOwn(known.definition.input, name) ? known.definition.input[name] : undefined;

  return member === 'input' && input !== undefined ? typeOfInput(input) : 'any';
}

function typeOfInput({ type, enum: listed }: InputProperty): ValueType {
  switch (type) {
    case undefined:
      return listed === undefined ? 'any' : commonType(listed.map(typeOfValue));
    case 'string':
      return 'text';
    case 'integer':
      return 'number';
    case 'array':
      return 'list';
    case 'object':
      return 'map';
    default:
      return type;
  }
}

/** A variable is whatever it is first, or was set to since. */
function typeOfVariable(name: string, { definition, graph }: Known): ValueType {
  const set = [...graph.sites.values()].flatMap(({ task }) =>
    task.type === 'SET_VARIABLE' ? [task.variables] : [],
  );
  const values = [definition.variables, ...set].flatMap((variables) =>
    Object.hasOwn(variables, name) ? [variables[name] ?? null] : [],
  );

  return commonType(values.map(typeOfConstant));
}

function typeInTask(id: string, [member, name, ...deeper]: readonly string[], { graph }: Known): ValueType {
  const taskOf = (each: string) => graph.sites.get(each)?.task;
  const task = taskOf(id);
  if (task === undefined || deeper.length > 0) return 'any';
  if (member === 'status' && name === undefined) return 'text';
  if (member !== 'output' || name === undefined) return 'any';

  return knownOutputs(task, taskOf)?.get(name) ?? 'any';
}

/** One expression of a template: its text, and where in the template that begins. */
type TemplatePart = { readonly source: string; readonly offset: number };

/** The expressions of a template; `$${` is none. `whole`: the template is exactly one. */
export function templateParts(text: string): {
  readonly parts: readonly TemplatePart[];
  readonly whole: boolean;
} {
  const parts: TemplatePart[] = [];
  let whole = false;
  for (let at = text.indexOf('${'); at !== -1; at = text.indexOf('${', at)) {
    const offset = at + 2;
    const close = text[at - 1] === '$' ? -1 : closingBrace(text, offset);
    if (close !== -1) parts.push({ source: text.slice(offset, close), offset });
    if (at === 0 && close === text.length - 1) whole = true;
    at = close === -1 ? offset : close + 1;
  }

  return { parts, whole };
}
