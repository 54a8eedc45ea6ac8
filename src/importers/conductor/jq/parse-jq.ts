import { Untranslatable } from '../untranslatable.ts';
import type { Jq } from './results.ts';
import { createReader, type Reader, spelling, type Token, tokensOf } from './tokens.ts';

/** Reads a jq filter. Throws Untranslatable for what is none, or lies beyond the part that can be translated. */
export function parseJq(source: string): Jq {
  return parseAll(tokensOf(source));
}

function parseAll(tokens: readonly Token[]): Jq {
  const reader = createReader(tokens);
  const tree = pipe(reader);
  const rest = reader.peek();
  if (rest !== undefined) throw new Untranslatable(`"${spelling(rest)}" of jq`);

  return tree;
}

function pipe(reader: Reader): Jq {
  for (const word of ['def', 'reduce', 'foreach', 'label', 'try']) {
    const token = reader.peek();
    if (token?.kind === 'word' && token.text === word) throw new Untranslatable(`"${word}" of jq`);
  }
  const left = operators(reader, 0);
  if (reader.take('as')) {
    const name = reader.next();
    if (name?.kind !== 'variable') throw new Untranslatable('a pattern that takes a value apart');
    reader.need('|');
    return { kind: 'bind', value: left, name: name.text, body: pipe(reader) };
  }
  if (reader.take(',')) throw new Untranslatable('several results side by side (,)');

  return reader.take('|') ? { kind: 'pipe', left, right: pipe(reader) } : left;
}

const levels = [
  ['//'],
  ['or'],
  ['and'],
  ['==', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
] as const;

function operators(reader: Reader, level: number): Jq {
  const own = levels[level];
  if (own === undefined) return postfix(reader);
  const left = operators(reader, level + 1);
  // `a // b // c` takes the first that is there, from the right.
  if (level === 0) {
    return reader.take('//') ? { kind: 'binary', operator: '//', left, right: operators(reader, 0) } : left;
  }
  let tree = left;
  for (let operator = own.find(reader.take); operator !== undefined; operator = own.find(reader.take)) {
    tree = { kind: 'binary', operator, left: tree, right: operators(reader, level + 1) };
  }

  return tree;
}

function postfix(reader: Reader): Jq {
  let tree = primary(reader);
  for (;;) {
    const token = reader.peek();
    if (token?.kind === 'field') {
      reader.next();
      tree = { kind: 'index', of: tree, key: { kind: 'literal', value: token.text } };
    } else if (reader.take('[')) tree = bracket(reader, tree, pipe);
    else if (reader.take('?')) continue;
    else if (token?.kind === 'mark' && token.text === '.' && tree.kind !== 'identity') {
      reader.next();
      tree = dotted(reader, tree);
    } else return tree;
  }
}

/** What follows a dot: `."a"`, `.[0]`. */
function dotted(reader: Reader, of: Jq): Jq {
  const token = reader.peek();
  if (token?.kind === 'text') {
    reader.next();
    return { kind: 'index', of, key: textOf(token) };
  }
  reader.need('[');

  return bracket(reader, of, pipe);
}

function primary(reader: Reader): Jq {
  const token = reader.next();
  if (token === undefined) throw new Untranslatable('the filter ends too early');
  switch (token.kind) {
    case 'number':
      return { kind: 'literal', value: token.value };
    case 'text':
      return textOf(token);
    case 'variable':
      return { kind: 'variable', name: token.text };
    case 'field':
      return { kind: 'index', of: { kind: 'identity' }, key: { kind: 'literal', value: token.text } };
    case 'format':
      if (token.text === '@json') return { kind: 'call', name: 'tojson', args: [] };
      if (token.text === '@text') return { kind: 'call', name: 'tostring', args: [] };
      throw new Untranslatable(`"${token.text}" of jq`);
    case 'word':
      return word(token.text, reader);
    case 'mark':
      return marked(token.text, reader);
  }
}

function marked(mark: string, reader: Reader): Jq {
  if (mark === '.') {
    const next = reader.peek();
    if (next?.kind !== 'text') return { kind: 'identity' };
    reader.next();
    return { kind: 'index', of: { kind: 'identity' }, key: textOf(next) };
  }
  if (mark === '(') {
    const tree = pipe(reader);
    reader.need(')');
    return tree;
  }
  if (mark === '[') {
    if (reader.take(']')) return { kind: 'list', of: undefined };
    return listed(reader);
  }
  if (mark === '{')
    return { kind: 'map', entries: entries(reader, { pipe, value: (each) => operators(each, 0), textOf }) };
  if (mark === '-') return { kind: 'negate', of: postfix(reader) };

  throw new Untranslatable(`"${mark}" of jq`);
}

/** `[a, b, c]` is a list of values that are written out; `[f]` collects what f gives. */
function listed(reader: Reader): Jq {
  const first = operatorsOrPipe(reader);
  if (!reader.take(',')) {
    reader.need(']');
    return { kind: 'list', of: first };
  }
  const items = [first];
  do items.push(operatorsOrPipe(reader));
  while (reader.take(','));
  reader.need(']');

  return items
    .map((of): Jq => ({ kind: 'list', of }))
    .reduce((left, right): Jq => ({ kind: 'binary', operator: '+', left, right }));
}

function operatorsOrPipe(reader: Reader): Jq {
  const left = operators(reader, 0);

  return reader.take('|') ? { kind: 'pipe', left, right: pipe(reader) } : left;
}

function textOf({ parts }: Extract<Token, { kind: 'text' }>): Jq {
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'string') return { kind: 'literal', value: only };

  return { kind: 'text', parts: parts.map((part) => (typeof part === 'string' ? part : parseAll(part))) };
}

function word(name: string, reader: Reader): Jq {
  if (name === 'true' || name === 'false') return { kind: 'literal', value: name === 'true' };
  if (name === 'null') return { kind: 'literal', value: null };
  if (name === 'if') return condition(reader);
  const args: Jq[] = [];
  if (reader.take('(')) {
    do args.push(pipe(reader));
    while (reader.take(';'));
    reader.need(')');
  }

  return { kind: 'call', name, args };
}

function condition(reader: Reader): Jq {
  const when = pipe(reader);
  reader.need('then');
  const yes = pipe(reader);
  if (reader.take('elif')) return { kind: 'if', when, yes, no: condition(reader) };
  const no: Jq = reader.take('else') ? pipe(reader) : { kind: 'identity' };
  reader.need('end');

  return { kind: 'if', when, yes, no };
}

/** What stands between `[` and `]` behind a value. */
function bracket(reader: Reader, of: Jq, pipe: (reader: Reader) => Jq): Jq {
  if (reader.take(']')) return { kind: 'each', of };
  if (reader.take(':')) {
    const to = pipe(reader);
    reader.need(']');
    return { kind: 'slice', of, to };
  }
  const key = pipe(reader);
  if (reader.take(':')) {
    if (reader.take(']')) return { kind: 'slice', of, from: key };
    const to = pipe(reader);
    reader.need(']');
    return { kind: 'slice', of, from: key, to };
  }
  reader.need(']');

  return { kind: 'index', of, key };
}

/** The parts of the parser that the entries of an object are made of. */
type Parser = {
  readonly pipe: (reader: Reader) => Jq;
  /** A value without `|` and `,`. */
  readonly value: (reader: Reader) => Jq;
  readonly textOf: (token: Extract<Token, { kind: 'text' }>) => Jq;
};

/** What stands between `{` and `}`. */
function entries(reader: Reader, parser: Parser): readonly (readonly [Jq, Jq])[] {
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
