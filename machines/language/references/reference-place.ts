import type { Reference } from '../../expressions/outcome.ts';
import type { Span } from '../text/source-text.ts';

/** Where in a text a name stands that an expression in it reads; undefined when it is written in an unusual way. */
export function referencePlace(text: string, { path, expression }: Reference): Span | undefined {
  const [root = '', second] = path;
  const from = Math.max(0, text.indexOf(expression));
  const indexed =
    second === undefined ? [] : [`${root}["${second}"]`, `${root}['${second}']`, `${root}.${second}`];
  for (const written of [path.join('.'), ...indexed, root]) {
    const start = indexOfName(text, written, from);
    if (start !== -1) return { start, end: start + written.length };
  }

  return undefined;
}

/** The first place where the name stands by itself, not as the end or beginning of a longer one. */
function indexOfName(text: string, name: string, from: number): number {
  for (let at = text.indexOf(name, from); at !== -1; at = text.indexOf(name, at + 1)) {
    if (!/[\w.]/.test(text[at - 1] ?? ' ') && !/\w/.test(text[at + name.length] ?? ' ')) return at;
  }

  return -1;
}
