import {
  binary,
  call,
  choice,
  concatenated,
  holds,
  listOf,
  literal,
  loopOver,
  member,
  method,
  named,
  not,
  orEmpty,
  writtenOut,
} from '../cel/make.ts';
import { type Cel, isText } from '../cel/tree.ts';
import { Untranslatable } from '../untranslatable.ts';
import { operation, translateFunction, truth } from './functions.ts';
import { parseJq } from './parse-jq.ts';
import type { Jq, JqScope, JqTranslator, Results } from './results.ts';

/** The results of a jq filter over the inputs of its task. Throws Untranslatable. */
export function translateJq(source: string, input: Cel): Results {
  return translate(parseJq(source), { input, variables: new Map(), depth: 0 });
}

const translator: JqTranslator = { results: translate, single };

function translate(node: Jq, scope: JqScope): Results {
  switch (node.kind) {
    case 'each':
      return { kind: 'many', list: orEmpty(single(node.of, scope)) };
    case 'pipe':
      return piped(translate(node.left, scope), node.right, scope);
    case 'call':
      return translateFunction(node, scope, translator);
    case 'bind': {
      const variables = new Map([...scope.variables, [node.name, single(node.value, scope)] as const]);
      return translate(node.body, { ...scope, variables });
    }
    case 'index': {
      const of = translate(node.of, scope);
      if (of.kind === 'one') return { kind: 'one', value: indexed(of.value, single(node.key, scope)) };
      return piped(of, { ...node, of: { kind: 'identity' } }, scope);
    }
    default:
      return { kind: 'one', value: translateValue(node, scope) };
  }
}

function single(node: Jq, scope: JqScope): Cel {
  const results = translate(node, scope);
  if (results.kind === 'one' && results.when === undefined) return results.value;
  if (results.kind === 'one') throw new Untranslatable('a value that may be missing altogether (select)');

  throw new Untranslatable('several results where one is needed');
}

/** What follows a `|` works on every result before it. */
function piped(left: Results, right: Jq, scope: JqScope): Results {
  if (left.kind === 'one') return under(left.when, translate(right, { ...scope, input: left.value }));
  const variable = `each${scope.depth === 0 ? '' : scope.depth + 1}`;
  const inner = { ...scope, input: named(variable), depth: scope.depth + 1 };
  const results = translate(right, inner);
  if (results.kind === 'many') throw new Untranslatable('lists inside of lists that become one list');
  const { value, when } = results;
  const chosen =
    when === undefined ? left.list : loopOver({ loop: 'filter', over: left.list, variable, body: when });
  const isSame = value.kind === 'name' && value.name === variable;

  return {
    kind: 'many',
    list: isSame ? chosen : loopOver({ loop: 'map', over: chosen, variable, body: value }),
  };
}

function under(when: Cel | undefined, results: Results): Results {
  if (when === undefined) return results;
  if (results.kind === 'many') throw new Untranslatable('a list that may be missing altogether (select)');

  return { ...results, when: results.when === undefined ? when : binary('&&', when, results.when) };
}

function indexed(of: Cel, key: Cel): Cel {
  if (key.kind === 'literal' && typeof key.value === 'number' && key.value < 0) {
    return member(of, binary('+', call('size', orEmpty(of)), key));
  }

  return member(of, key);
}

type Value = Exclude<Jq, { kind: 'each' | 'pipe' | 'call' | 'bind' | 'index' }>;

function translateValue(node: Value, scope: JqScope): Cel {
  switch (node.kind) {
    case 'identity':
      return scope.input;
    case 'literal':
      return literal(node.value);
    case 'text':
      return concatenated(
        node.parts.map((part) =>
          typeof part === 'string' ? literal(part) : writtenOut(single(part, scope)),
        ),
      );
    case 'variable': {
      const value = scope.variables.get(node.name);
      if (value === undefined) throw new Untranslatable(`the variable ${node.name}`);
      return value;
    }
    case 'negate':
      return negated(single(node.of, scope));
    case 'if':
      return choice(truth(single(node.when, scope)), single(node.yes, scope), single(node.no, scope));
    case 'slice':
      return sliced(node, scope);
    case 'list':
      return collected(node.of, scope);
    case 'map':
      return {
        kind: 'map',
        entries: node.entries.map(([key, value]) => [single(key, scope), single(value, scope)] as const),
      };
    case 'binary':
      if (node.right.kind === 'literal' && node.right.value === null) {
        const found = searched(node, scope);
        if (found !== undefined) return found;
      }
      return operation(node.operator, single(node.left, scope), single(node.right, scope));
  }
}

/** `index(x) != null` asks whether x is in it, be it a list or a text. */
function searched({ operator, left }: Extract<Jq, { kind: 'binary' }>, scope: JqScope): Cel | undefined {
  const last = left.kind === 'pipe' ? left.right : left;
  if (last.kind !== 'call' || last.name !== 'index' || (operator !== '==' && operator !== '!='))
    return undefined;
  const inner = left.kind === 'pipe' ? { ...scope, input: single(left.left, scope) } : scope;
  const [sought] = last.args;
  if (sought === undefined) return undefined;
  const found = holds(inner.input, single(sought, inner));

  return operator === '!=' ? found : not(found);
}

/** A part of a text; positions beyond its end are its end. */
function sliced({ of, from, to }: Extract<Jq, { kind: 'slice' }>, scope: JqScope): Cel {
  const text = single(of, scope);
  const ends = [from, to].map((each) => (each === undefined ? undefined : single(each, scope)));
  const [start = literal(0), end] = ends;
  const isBehind = ends.some((each) => each?.kind === 'literal' && Number(each.value) < 0);
  if (!isText(text) || isBehind)
    throw new Untranslatable('a part of a list ([a:b]), or of a text from its end');
  const inside = (at: Cel): Cel =>
    at.kind === 'literal' && at.value === 0 ? at : call('min', at, call('size', text));

  return method(text, 'substring', inside(start), ...(end === undefined ? [] : [inside(end)]));
}

function negated(of: Cel): Cel {
  const isNumber = of.kind === 'literal' && typeof of.value === 'number';

  return isNumber ? literal(-Number(of.value)) : { kind: 'unary', operator: '-', of };
}

function collected(of: Jq | undefined, scope: JqScope): Cel {
  if (of === undefined) return listOf([]);
  const results = translate(of, scope);
  if (results.kind === 'many') return results.list;
  if (results.when !== undefined) return choice(results.when, listOf([results.value]), listOf([]));

  return listOf([results.value]);
}
