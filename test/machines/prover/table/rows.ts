// The tables of definitions that are broken in one place each, and of good ones: what each table holds, as text.
import { readFileSync } from 'node:fs';
import { definitionOf } from '../../language/world/test-world.ts';

/** A definition with one small mistake, the same without it, and the code of what has to be found. */
export type Pair = {
  readonly family: string;
  readonly title: string;
  readonly broken: string;
  readonly good: string;
  readonly code?: string;
};

/**
 * `##` begins a family, `#` a pair; `>` are lines of the workflow, `-` tasks, in which `x` or `o` stands for `@@`: the
 * mistake, or what is right. `!` is what has to be found.
 */
export function pairsIn(name: string): readonly Pair[] {
  const text = readFileSync(new URL(name, import.meta.url), 'utf8');

  return text.split(/^## /m).flatMap((part) => {
    const [family = '', ...pairs] = part.split(/^# /m);

    return pairs.map((each) => pairOf(family.trim(), each));
  });
}

function pairOf(family: string, text: string): Pair {
  const [title = '', ...lines] = text.split('\n');
  const marked = (mark: string) =>
    lines.flatMap((line) => (line.startsWith(`${mark} `) ? [line.slice(2)] : []));
  const filled = (value: string) => {
    // A line break in it is written `\\n`.
    const at = (line: string) => line.replaceAll('@@', () => unquoted(value).replaceAll('\\n', '\n'));
    return definitionOf(marked('-').map(at), marked('>').map(at));
  };
  const [code] = marked('!');

  return {
    family,
    title,
    broken: filled(marked('x')[0] ?? ''),
    good: filled(marked('o')[0] ?? ''),
    ...(code === undefined ? {} : { code }),
  };
}

/** Quotes around a value hold its spaces. */
function unquoted(value: string): string {
  return value.startsWith('"') && value.endsWith('"') && value.length > 1 ? value.slice(1, -1) : value;
}
