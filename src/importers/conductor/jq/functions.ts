import {
  binary,
  call,
  choice,
  holds,
  joinedText,
  listOf,
  literal,
  loopOver,
  mapOf,
  member,
  method,
  named,
  not,
  nothing,
  orEmpty,
  writtenOut,
} from '../cel/make.ts';
import { type Cel, isList, isNumber, isText, isTruth, type Operator } from '../cel/tree.ts';
import { Untranslatable } from '../untranslatable.ts';
import type { Jq, JqScope, JqTranslator, Results } from './results.ts';

const operators: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', '-', '*', '/', '%']);

type Call = Extract<Jq, { kind: 'call' }>;

/** A function of jq over what `.` is. */
export function translateFunction({ name, args }: Call, scope: JqScope, translator: JqTranslator): Results {
  const [first] = args;
  if (first === undefined) return { kind: 'one', value: plain(name, scope.input) };
  if (args.length > 1) return { kind: 'one', value: double(name, args, scope, translator) };
  if (looping.has(name)) return loop(name, first, scope, translator);
  if (name === 'select') {
    return { kind: 'one', value: scope.input, when: truth(translator.single(first, scope)) };
  }
  if (name === 'first' || name === 'last') {
    const results = translator.results(first, scope);
    if (results.kind === 'one' && results.when === undefined) return results;
    const list = results.kind === 'many' ? results.list : listOf([results.value]);
    return { kind: 'one', value: edge(name, list) };
  }
  const translate = Object.hasOwn(unary, name) ? unary[name] : undefined;
  if (translate === undefined) throw new Untranslatable(`the function ${name}(...) of jq`);

  return { kind: 'one', value: translate(scope.input, translator.single(first, scope)) };
}

function edge(name: string, list: Cel): Cel {
  return name === 'first'
    ? member(list, 0)
    : member(list, binary('-', call('size', orEmpty(list)), literal(1)));
}

const looping = new Set(['map', 'any', 'all']);

function loop(name: string, body: Jq, scope: JqScope, { results }: JqTranslator): Results {
  const variable = `each${scope.depth === 0 ? '' : scope.depth + 1}`;
  const inner = results(body, { ...scope, input: named(variable), depth: scope.depth + 1 });
  if (inner.kind === 'many') throw new Untranslatable('lists inside of lists that become one list');
  const over = scope.input;
  if (name !== 'map') {
    const kind = name === 'any' ? 'exists' : 'all';
    return { kind: 'one', value: loopOver({ loop: kind, over, variable, body: truth(inner.value) }) };
  }
  const chosen =
    inner.when === undefined ? over : loopOver({ loop: 'filter', over, variable, body: inner.when });
  const isSame = inner.value.kind === 'name' && inner.value.name === variable;

  return {
    kind: 'one',
    value: isSame ? chosen : loopOver({ loop: 'map', over: chosen, variable, body: inner.value }),
  };
}

/** Functions without arguments. */
function plain(name: string, of: Cel): Cel {
  switch (name) {
    case 'length':
      return lengthOf(of);
    case 'not':
      return not(truth(of));
    case 'keys':
    case 'keys_unsorted':
      return loopOver({ loop: 'map', over: of, variable: 'key', body: named('key') });
    case 'to_entries':
      return entriesOf(of);
    case 'tostring':
      return writtenOut(of);
    case 'tojson':
      return call('json', of);
    case 'tonumber':
      return call('double', of);
    case 'first':
    case 'last':
      return edge(name, of);
    case 'min':
    case 'max':
    case 'floor':
    case 'ceil':
      return call(name, of);
    case 'ascii_downcase':
      return method(of, 'lowerAscii');
    case 'ascii_upcase':
      return method(of, 'upperAscii');
    case 'trim':
      return method(of, 'trim');
    case 'type':
      return typeOf(of);
    case 'empty':
      throw new Untranslatable('"empty": no result at all');
    default:
      throw new Untranslatable(`the function ${name} of jq`);
  }
}

/** The length of null is 0. */
function lengthOf(of: Cel): Cel {
  if (of.kind === 'list') return literal(of.items.length);
  if (isText(of) || isList(of)) return call('size', of);

  return choice(binary('==', of, nothing), literal(0), call('size', of));
}

/** The kind of a value, told by the first character of its JSON. */
function typeOf(of: Cel): Cel {
  const begins = (mark: string): Cel => method(call('json', of), 'startsWith', literal(mark));
  const isTruthValue = binary('in', of, listOf([literal(true), literal(false)]));
  const kinds: readonly (readonly [Cel, string])[] = [
    [binary('==', of, nothing), 'null'],
    [isTruthValue, 'boolean'],
    [begins('"'), 'string'],
    [begins('['), 'array'],
    [begins('{'), 'object'],
  ];

  return kinds.reduceRight<Cel>((no, [when, kind]) => choice(when, literal(kind), no), literal('number'));
}

function entriesOf(of: Cel): Cel {
  const key = named('key');
  const value: Cel = { kind: 'member', of, key, safe: false };
  const body = mapOf([
    ['key', key],
    ['value', value],
  ]);

  return loopOver({ loop: 'map', over: of, variable: 'key', body });
}

type Unary = (of: Cel, argument: Cel) => Cel;

const unary: Readonly<Record<string, Unary>> = {
  has: (of, key) =>
    key.kind === 'literal' && typeof key.value === 'number'
      ? binary('>', call('size', of), key)
      : binary('in', key, of),
  contains: (of, part) => {
    if (part.kind === 'literal') return method(of, 'contains', part);
    throw new Untranslatable('contains() of a list or an object');
  },
  inside: (of, whole) => holds(whole, of),
  startswith: (of, part) => method(of, 'startsWith', part),
  endswith: (of, part) => method(of, 'endsWith', part),
  test: (of, pattern) => call('regex', of, pattern),
  join: joinedText,
  split: (of, separator) => method(of, 'split', separator),
  index: (of, part) => {
    const isItem = isNumber(part) || isTruth(part) || isList(part) || part.kind === 'map';
    if (isList(of) || isItem) throw new Untranslatable('index() where the place of an item matters');
    const at = method(of, 'indexOf', part);
    return choice(binary('<', at, literal(0)), nothing, at);
  },
};

function double(name: string, args: readonly Jq[], scope: JqScope, { single }: JqTranslator): Cel {
  if (name === 'test' && args.length === 2) {
    const [pattern, flags] = args.map((each) => single(each, scope));
    if (pattern?.kind === 'literal' && flags?.kind === 'literal') {
      return call('regex', scope.input, literal(`(?${flags.value})${pattern.value}`));
    }
  }

  throw new Untranslatable(`the function ${name}(...; ...) of jq`);
}

/** In jq everything but null and false is true. */
export function truth(of: Cel): Cel {
  if (isTruth(of)) return of;
  if (of.kind === 'literal') return literal(of.value !== null && of.value !== false);

  return not(binary('in', of, listOf([nothing, literal(false)])));
}

/** An operator on two values. */
export function operation(operator: string, left: Cel, right: Cel): Cel {
  switch (operator) {
    case '//':
      return alternative(left, right);
    case 'and':
      return binary('&&', truth(left), truth(right));
    case 'or':
      return binary('||', truth(left), truth(right));
    case '+':
      return sum(left, right);
    default:
      if (!operators.has(operator)) throw new Untranslatable(`the operator ${operator}`);
      if (operator === '/' && (isText(left) || isText(right)))
        throw new Untranslatable('a division of texts');
      if (operator === '-' && (left.kind === 'list' || right.kind === 'list')) {
        throw new Untranslatable('a list without the items of another one');
      }
      return binary(operator as Operator, left, right);
  }
}

function alternative(left: Cel, right: Cel): Cel {
  if (isText(left) || isNumber(left)) return left;

  return choice(truth(left), left, right);
}

function sum(left: Cel, right: Cel): Cel {
  // In jq nothing is the zero of every kind of value.
  if (left.kind === 'literal' && left.value === null) return right;
  if (right.kind === 'literal' && right.value === null) return left;
  if (left.kind === 'map' && right.kind === 'map') return { kind: 'map', entries: merged(left, right) };
  if (left.kind === 'map' || right.kind === 'map') {
    throw new Untranslatable('an object that takes over all members of another one (+)');
  }
  if (left.kind === 'list' && right.kind === 'list') return listOf([...left.items, ...right.items]);

  const sum = binary('+', left, right);
  if (isKnown(left) && isKnown(right)) return sum;
  if (isKnown(right)) return choice(binary('==', left, nothing), right, sum);

  return isKnown(left) ? choice(binary('==', right, nothing), left, sum) : sum;
}

function isKnown(of: Cel): boolean {
  return isNumber(of) || isText(of) || isList(of);
}

type MapNode = Extract<Cel, { kind: 'map' }>;

function merged(left: MapNode, right: MapNode): MapNode['entries'] {
  const last = new Map([...left.entries, ...right.entries].map((entry) => [JSON.stringify(entry[0]), entry]));

  return [...last.values()];
}
