// Whether bounds on sums of values can all hold: variables are eliminated one after the other (Fourier and Motzkin).
import type { Possible } from './possible-values.ts';

export type Terms = ReadonlyMap<string, number>;

/** A sum of values, each multiplied by its factor, and a constant, held against 0. */
export type LinearBound = {
  readonly terms: Terms;
  readonly constant: number;
  readonly operator: '<' | '<=' | '>' | '>=' | '==';
  /** Nothing is calculated to get it: it is compared as it is. */
  readonly isExact: boolean;
};

/** The sum is at most 0, `isStrict`: less than that. */
type Limit = { readonly terms: Terms; readonly constant: number; readonly isStrict: boolean };

/** With more than so many limits nothing is proven. */
const limitsMax = 200;

/** Whether no values satisfy all bounds, with what is known of each value. */
export function isImpossible(bounds: readonly LinearBound[], known: ReadonlyMap<string, Possible>): boolean {
  const keys = new Set(bounds.flatMap(({ terms }) => [...terms.keys()]));
  const isWhole = (key: string) => known.get(key)?.isWhole === true;
  let limits: readonly Limit[] = [
    ...bounds.flatMap((bound) => limitsOf(bound, isWhole)),
    ...[...keys].flatMap((key) => rangeLimits(key, known.get(key) ?? {})),
  ];
  for (const key of keys) {
    if (limits.some(isBroken)) return true;
    limits = without(key, limits);
    if (limits.length > limitsMax) return false;
  }

  return limits.some(isBroken);
}

function isBroken({ terms, constant, isStrict }: Limit): boolean {
  const isConstant = [...terms.values()].every((factor) => factor === 0);

  return isConstant && (isStrict ? constant >= 0 : constant > 0);
}

function limitsOf(
  { terms, constant, operator, isExact }: LinearBound,
  isWhole: (key: string) => boolean,
): readonly Limit[] {
  const all = [...terms];
  const areWhole = all.every(([key, factor]) => isWhole(key) && Number.isInteger(factor));
  const slack = isExact || areWhole ? 0 : 1e-9 * (1 + Math.abs(constant));
  const limit = (sign: 1 | -1, isStrict: boolean): Limit => {
    const signed = new Map(all.map(([key, factor]) => [key, factor * sign]));
    const rest = constant * sign;
    if (areWhole)
      return { terms: signed, constant: isStrict ? Math.floor(rest) + 1 : Math.ceil(rest), isStrict: false };
    return { terms: signed, constant: rest - slack, isStrict: isStrict && slack === 0 };
  };
  switch (operator) {
    case '<':
      return [limit(1, true)];
    case '<=':
      return [limit(1, false)];
    case '>':
      return [limit(-1, true)];
    case '>=':
      return [limit(-1, false)];
    case '==':
      return [limit(1, false), limit(-1, false)];
  }
}

function rangeLimits(key: string, { min = -Infinity, max = Infinity }: Possible): readonly Limit[] {
  return [
    ...(Number.isFinite(min) ? [{ terms: new Map([[key, -1]]), constant: min, isStrict: false }] : []),
    ...(Number.isFinite(max) ? [{ terms: new Map([[key, 1]]), constant: 0 - max, isStrict: false }] : []),
  ];
}

/** What follows for the other values from limits on one: each upper one with each lower one. */
function without(key: string, limits: readonly Limit[]): readonly Limit[] {
  const factorOf = ({ terms }: Limit) => terms.get(key) ?? 0;
  const upper = limits.filter((each) => factorOf(each) > 0);
  const lower = limits.filter((each) => factorOf(each) < 0);

  return [
    ...limits.filter((each) => factorOf(each) === 0),
    ...upper.flatMap((one) => lower.map((other) => joined(one, other, key))),
  ];
}

function joined(upper: Limit, lower: Limit, key: string): Limit {
  const [by, other] = [0 - (lower.terms.get(key) ?? 0), upper.terms.get(key) ?? 0];
  const keys = new Set([...upper.terms.keys(), ...lower.terms.keys()]);
  const terms = [...keys]
    .filter((each) => each !== key)
    .map((each) => [each, (upper.terms.get(each) ?? 0) * by + (lower.terms.get(each) ?? 0) * other] as const);

  return {
    terms: new Map(terms),
    constant: upper.constant * by + lower.constant * other,
    isStrict: upper.isStrict || lower.isStrict,
  };
}
