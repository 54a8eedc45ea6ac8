import { Untranslatable } from '../untranslatable.ts';

export type Token =
  | { readonly kind: 'text'; readonly parts: readonly (string | readonly Token[])[] }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'word' | 'variable' | 'field' | 'format'; readonly text: string }
  | { readonly kind: 'mark'; readonly text: string };

const rules = [
  /\s+|#.*/y,
  /\.([A-Za-z_]\w*)/y,
  /\$(?:__loc__|[A-Za-z_]\w*)/y,
  /@[a-z0-9]+/y,
  /[A-Za-z_]\w*(?:::\w+)*/y,
  /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y,
  /\?\/\/|\/\/=|\/\/|\|=|[+\-*/%]=|==|!=|<=|>=|\.\.|[.[\]{}():;,|<>=+\-*/%?]/y,
];

/** The words and marks of a jq filter. Throws Untranslatable for what is none. */
export function tokensOf(source: string): readonly Token[] {
  return scan(source, 0, undefined).tokens;
}

/** Reads up to the end, or to the `)` that closes an expression inside a text. */
function scan(
  source: string,
  from: number,
  until: ')' | undefined,
): { readonly tokens: readonly Token[]; readonly end: number } {
  const tokens: Token[] = [];
  let open = 0;
  for (let at = from; at < source.length; ) {
    if (source[at] === '"') {
      const text = readText(source, at + 1);
      tokens.push(text.token);
      at = text.end;
      continue;
    }
    const { rule, text } = match(source, at);
    if (until !== undefined && text === ')' && open === 0) return { tokens, end: at + 1 };
    open += text === '(' ? 1 : text === ')' ? -1 : 0;
    if (rule > 0) tokens.push(tokenOf(rule, text));
    at += text.length;
  }
  if (until !== undefined) throw new Untranslatable('an expression inside a text is not closed');

  return { tokens, end: source.length };
}

function match(source: string, at: number): { readonly rule: number; readonly text: string } {
  for (const [rule, pattern] of rules.entries()) {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0];
    if (found !== undefined) return { rule, text: found };
  }

  throw new Untranslatable(`"${source.slice(at, at + 10)}" is no jq`);
}

function tokenOf(rule: number, text: string): Token {
  if (rule === 1) return { kind: 'field', text: text.slice(1) };
  if (rule === 2) return { kind: 'variable', text };
  if (rule === 3) return { kind: 'format', text };
  if (rule === 4) return { kind: 'word', text };
  if (rule === 5) return { kind: 'number', value: Number(text) };

  return { kind: 'mark', text };
}

function readText(source: string, from: number): { readonly token: Token; readonly end: number } {
  const parts: (string | readonly Token[])[] = [];
  let plain = '';
  for (let at = from; at < source.length; ) {
    const character = source[at] ?? '';
    if (character === '"') {
      return { token: { kind: 'text', parts: [...parts, unescaped(plain)] }, end: at + 1 };
    }
    if (source.startsWith('\\(', at)) {
      const inner = scan(source, at + 2, ')');
      parts.push(unescaped(plain), inner.tokens);
      plain = '';
      at = inner.end;
      continue;
    }
    const length = character === '\\' ? 2 : 1;
    plain += source.slice(at, at + length);
    at += length;
  }

  throw new Untranslatable('a text without its closing quote');
}

function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text.replace(/[\n\r\t]/g, ' ')}"`) as string;
  } catch {
    throw new Untranslatable(`"${text}" is no text of jq`);
  }
}

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
