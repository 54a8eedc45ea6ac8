import { Untranslatable } from '../untranslatable.ts';
import type { Token } from './tokens.ts';

export type Reader = {
  readonly peek: () => Token | undefined;
  readonly next: () => Token | undefined;
  /** Takes the mark or word when it comes next. */
  readonly take: (text: string) => boolean;
  readonly need: (text: string) => void;
};

export function createReader(tokens: readonly Token[]): Reader {
  let at = 0;
  const take = (text: string): boolean => {
    const token = tokens[at];
    const isIt = (token?.kind === 'mark' || token?.kind === 'word') && token.text === text;
    if (isIt) at += 1;
    return isIt;
  };

  return {
    peek: () => tokens[at],
    next: () => {
      at += 1;
      return tokens[at - 1];
    },
    take,
    need: (text) => {
      const found = tokens[at];
      if (!take(text))
        throw new Untranslatable(
          `"${text}" is missing before "${found === undefined ? 'the end' : spelling(found)}"`,
        );
    },
  };
}

export function spelling(token: Token): string {
  if (token.kind === 'number') return String(token.value);

  return token.kind === 'text' ? 'a text' : token.text;
}
