import type { Json } from '../../../events/canonical-json.ts';

/** A value, or that there is none. */
export type Choice = Json | undefined;

/** A name with the values it may have, the plainest first. */
export type Dimension = { readonly name: string; readonly values: readonly Choice[] };

type Picked = readonly number[];

/**
 * Maps of the dimensions: all combinations where there are few, else the plainest, those that differ from it in one
 * value, and those that differ in two, as many as are allowed. `total` counts all.
 */
export function mapsOf(
  dimensions: readonly Dimension[],
  most: number,
): { readonly maps: readonly Readonly<Record<string, Json>>[]; readonly total: number } {
  const total = dimensions.reduce((count, { values }) => count * values.length, 1);
  const picked = total <= most ? all(dimensions) : some(dimensions, most);

  return { maps: picked.map((picks) => mapOf(dimensions, picks)), total };
}

function mapOf(dimensions: readonly Dimension[], picks: Picked): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    dimensions.flatMap(({ name, values }, index) => {
      const value = values[picks[index] ?? 0];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function all(dimensions: readonly Dimension[]): readonly Picked[] {
  return dimensions.reduce<readonly Picked[]>(
    (before, { values }) => before.flatMap((picks) => values.map((_, index) => [...picks, index])),
    [[]],
  );
}

function some(dimensions: readonly Dimension[], most: number): readonly Picked[] {
  const plainest = dimensions.map(() => 0);
  const singles = variations(dimensions, plainest, 0);
  const pairs = singles.flatMap((picks) => {
    const at = picks.findIndex((pick) => pick > 0);
    return variations(dimensions, picks, at + 1);
  });

  return [plainest, ...singles, ...pairs].slice(0, most);
}

function variations(dimensions: readonly Dimension[], picks: Picked, from: number): readonly Picked[] {
  return dimensions.flatMap(({ values }, at) =>
    at < from ? [] : values.slice(1).map((_, index) => picks.with(at, index + 1)),
  );
}
