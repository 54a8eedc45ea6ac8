import { type Cel, isList, isNumber, isText, isTruth } from './tree.ts';

export type Language = 'javascript' | 'jq';

type Binary = Extract<Cel, { kind: 'binary' }>;

/** For which values an operator of ours differs from that of the script; undefined where there are none. */
export function doubtOfBinary(cel: Binary, language: Language): string | undefined {
  switch (cel.operator) {
    case '||':
    case '&&':
      return undefined;
    case '==':
    case '!=':
      return language === 'jq' ? undefined : doubtOfEqual(cel);
    case 'in':
      return isList(cel.right) ? undefined : '"in" looks for an item of a list, or for a name in an object';
    case '+':
      return doubtOfSum(cel, language);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return doubtOfOrder(cel, language);
    default:
      return doubtOfArithmetic(cel, language);
  }
}

function doubtOfEqual({ operator, left, right, strict }: Binary): string | undefined {
  if (isSameKind(left, right)) return undefined;
  const sides = [left, right].flatMap((each) => (each.kind === 'literal' ? [each.value] : []));
  // Nothing is equal to null but null and undefined, which Conductor does not tell apart in its data either.
  if (!strict && sides.includes(null)) return undefined;
  if (strict && sides.includes(null)) return `"${operator}=": null and undefined are the same`;
  if (strict) {
    return sides.length > 0 ? undefined : `"${operator}=": lists and objects with the same content are equal`;
  }

  return `"${operator}": "10" and 10, true and 1, [x] and x are different (JavaScript compares them as the same)`;
}

function isSameKind(left: Cel, right: Cel): boolean {
  return [isText, isNumber, isTruth].some((is) => is(left) && is(right));
}

function doubtOfOrder({ operator, left, right }: Binary, language: Language): string | undefined {
  if ((isNumber(left) && isNumber(right)) || (isText(left) && isText(right))) return undefined;

  return language === 'jq'
    ? `"${operator}": values of different kinds, null among them, fail (jq orders every kind)`
    : `"${operator}": a text beside a number, null, true and false fail (JavaScript reads them as numbers)`;
}

function doubtOfSum({ left, right }: Binary, language: Language): string | undefined {
  const isKnown = [isText, isNumber, isList].some((is) => is(left) && is(right));
  if (isKnown) return undefined;
  // Beside a known kind jq takes the same kind only; null was taken care of where the sum was made.
  if (language === 'jq' && [left, right].some((each) => isText(each) || isNumber(each))) return undefined;

  return language === 'jq'
    ? '"+": null and objects fail (jq leaves null out, and puts objects together)'
    : '"+": a text beside a number, null, true and false fail (JavaScript puts texts together, and reads others as numbers)';
}

function doubtOfArithmetic({ operator, left, right }: Binary, language: Language): string | undefined {
  const byZero = (operator === '/' || operator === '%') && !(right.kind === 'literal' && right.value !== 0);
  const isKnown = isNumber(left) && isNumber(right);
  if (language === 'javascript') {
    if (isKnown && !byZero) return undefined;
    return `"${operator}": a text, null, true and false${byZero ? ' and a division by 0' : ''} fail (JavaScript reads them as numbers)`;
  }
  if (operator === '%') return '"%": a fraction is kept (jq cuts it off first)';
  const isBeside = isNumber(left) || isNumber(right);

  return (operator === '*' ? isKnown : isBeside)
    ? undefined
    : `"${operator}": texts, lists and objects fail (jq repeats, splits, takes out or puts together)`;
}
