import { expressionAt } from './expression-place.ts';
import { type ExpressionWords, offeredWords } from './expression-words.ts';
import { offeredAt } from './schema-keys.ts';
import { yamlPlaceAt } from './yaml-place.ts';

/** What is known of a word of the text: where it stands, counted in characters from 0, and what it means. */
type WordDocs = {
  readonly from: number;
  readonly to: number;
  readonly title: string;
  readonly doc: string;
};

export type DocsOptions = {
  readonly schema: Readonly<Record<string, unknown>> | undefined;
  readonly words: ExpressionWords | undefined;
};

/** What the word at an offset means: a key of the language, or a word of an expression. Undefined: nothing known. */
export function docsAt(text: string, offset: number, { schema, words }: DocsOptions): WordDocs | undefined {
  const { from, to } = wordAt(text, offset);
  const label = text.slice(from, to);
  if (label === '') return undefined;
  const place = yamlPlaceAt(text, to);
  const expression = words && expressionAt(text, to, words.vocabulary.conditionKeys);
  if (words !== undefined && expression !== undefined) {
    const word = offeredWords(expression, place, words).find((each) => each.label === expression.word);

    return word && { from: expression.from, to, title: titleOf(word), doc: word.doc };
  }
  if (schema === undefined || place.key !== undefined || text[to] !== ':') return undefined;
  const key = offeredAt(schema, place).find((each) => each.label === label);

  return key && { from, to, title: key.isRequired ? `${label} (required)` : label, doc: key.detail };
}

function wordAt(text: string, offset: number): { readonly from: number; readonly to: number } {
  const before = /[\w-]*$/.exec(text.slice(Math.max(0, offset - 100), offset))?.[0].length ?? 0;
  const after = /^[\w-]*/.exec(text.slice(offset, offset + 100))?.[0].length ?? 0;

  return { from: offset - before, to: offset + after };
}

function titleOf({ label, detail }: { readonly label: string; readonly detail: string }): string {
  return detail.startsWith(label) ? detail : [label, detail].filter(Boolean).join(': ');
}
