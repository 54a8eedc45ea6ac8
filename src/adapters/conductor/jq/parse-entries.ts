import { Untranslatable } from '../untranslatable.ts';
import type { Reader } from './reader.ts';
import type { Token } from './tokens.ts';
import type { Jq } from './tree.ts';

/** The parts of the parser that the entries of an object are made of. */
type Parser = {
  readonly pipe: (reader: Reader) => Jq;
  /** A value without `|` and `,`. */
  readonly value: (reader: Reader) => Jq;
  readonly textOf: (token: Extract<Token, { kind: 'text' }>) => Jq;
};

/** What stands between `{` and `}`. */
export function entries(reader: Reader, parser: Parser): readonly (readonly [Jq, Jq])[] {
  const found: (readonly [Jq, Jq])[] = [];
  while (!reader.take('}')) {
    const key = entryKey(reader, parser);
    const value = reader.take(':') ? parser.value(reader) : key.alone;
    found.push([key.name, value]);
    if (!reader.take(',')) {
      reader.need('}');
      break;
    }
  }

  return found;
}

/** The key of an entry, and the value when the key stands alone: `{name}`, `{$x}`. */
function entryKey(reader: Reader, { pipe, textOf }: Parser): { readonly name: Jq; readonly alone: Jq } {
  const token = reader.next();
  const member = (name: Jq): Jq => ({ kind: 'index', of: { kind: 'identity' }, key: name });
  if (token?.kind === 'word' || token?.kind === 'format') {
    const name: Jq = { kind: 'literal', value: token.text };
    return { name, alone: member(name) };
  }
  if (token?.kind === 'text') {
    const name = textOf(token);
    return { name, alone: member(name) };
  }
  if (token?.kind === 'variable') {
    const name: Jq = { kind: 'literal', value: token.text.slice(1) };
    return { name, alone: { kind: 'variable', name: token.text } };
  }
  if (token?.kind === 'mark' && token.text === '(') {
    const name = pipe(reader);
    reader.need(')');
    return { name, alone: name };
  }

  throw new Untranslatable('a key of an object that is no name');
}
