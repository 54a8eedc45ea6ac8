import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { Operator } from '../../expressions/tree.ts';
import { type FreeLeaf, isFree, type Leaf, type Reading } from './reading.ts';
import type { Mark, ValueShape } from './value-site.ts';

/** What an expression makes of the places that its value comes from. */
export type Use = {
  readonly shape?: ValueShape;
  readonly values?: readonly Json[];
  readonly preferred?: Json;
  readonly marks?: readonly Mark[];
};

/** Notes the use of a value at every place where it comes from. */
export function note(leaves: readonly Leaf[], use: Use, reading: Reading): void {
  for (const leaf of leaves) if (isFree(leaf)) noteAt(leaf, use, reading);
}

function noteAt({ spot, isSize, back }: FreeLeaf, use: Use, { isVaried }: Reading): void {
  for (const mark of use.marks ?? []) spot.marks.add(mark);
  if (isVaried) spot.marks.add('varied');
  const given = (values: readonly Json[]) =>
    values.map(back).filter((value): value is Json => value !== undefined);
  const [values, preferred] = [
    given(use.values ?? []),
    given(use.preferred === undefined ? [] : [use.preferred]),
  ];
  if (isSize) {
    for (const value of values.filter(isCount)) spot.lengths.add(value);
    spot.preferredLengths.push(...preferred.filter(isCount));
    if (spot.shapes.size === 0) spot.shapes.add('list');
    return;
  }
  if (use.shape !== undefined) spot.shapes.add(use.shape);
  const before = new Set(spot.values.map((value) => canonicalJson(value)));
  spot.values.push(...values.filter((value) => !before.has(canonicalJson(value))));
  spot.preferred.push(...preferred);
}

/** Whether a value can be the length of something. */
export function isCount(value: Json): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** The values on both sides of one that is compared with. */
export function around(operator: Operator, value: Json): readonly Json[] {
  if (typeof value === 'number') return [value, value - 1, value + 1];
  if (typeof value === 'string' && isOrdering(operator)) return [value, '', `${value}~`];

  return [value];
}

export function isOrdering(operator: Operator): boolean {
  return ['<', '<=', '>', '>='].includes(operator);
}

export const opposite: Readonly<Partial<Record<Operator, Operator>>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
};
const mirrored: Readonly<Partial<Record<Operator, Operator>>> = {
  '<': '>',
  '>': '<',
  '<=': '>=',
  '>=': '<=',
};

/** `a < b` as seen from b. */
export function seenFromRight(operator: Operator): Operator {
  return mirrored[operator] ?? operator;
}

/** A value with which the comparison is as wanted; `other`: any but the one it is compared with. */
export function fitting(operator: Operator, value: Json, wanted: boolean | undefined): Use {
  if (wanted === undefined) return {};
  const meant = wanted ? operator : opposite[operator];
  switch (meant) {
    case '==':
    case '<=':
    case '>=':
      return { preferred: value };
    case '<':
      return { preferred: typeof value === 'number' ? value - 1 : '' };
    case '>':
      return { preferred: typeof value === 'number' ? value + 1 : `${String(value)}~` };
    case '!=':
      if (typeof value === 'number') return { preferred: value + 1 };
      return typeof value === 'boolean' ? { preferred: !value } : { marks: ['prefersOther'] };
    default:
      return {};
  }
}
