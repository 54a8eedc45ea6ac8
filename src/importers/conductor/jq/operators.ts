import { binary, choice, listOf, literal, not, nothing } from '../cel/make.ts';
import { type Cel, isList, isNumber, isText, isTruth, type Operator } from '../cel/tree.ts';
import { Untranslatable } from '../untranslatable.ts';

/** In jq everything but null and false is true. */
export function truth(of: Cel): Cel {
  if (isTruth(of)) return of;
  if (of.kind === 'literal') return literal(of.value !== null && of.value !== false);

  return not(binary('in', of, listOf([nothing, literal(false)])));
}

const operators: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', '-', '*', '/', '%']);

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
