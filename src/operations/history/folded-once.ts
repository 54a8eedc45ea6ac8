import type { Definition } from '../../../machines/definition.ts';
import type { BookRow } from '../../projections/insights/book-row.ts';

/** Which rows of a run are folded, and by which definition. */
type Folded = {
  /** Absent: all rows. */
  readonly at?: number | undefined;
  readonly rows: readonly BookRow[];
  readonly definition: Definition | undefined;
};
type Kept<Told> = {
  readonly length: number;
  readonly definition: Definition | undefined;
  readonly told: Told;
};

/** Caches the fold of a run's present state: everybody who watches the run asks for it after each event. */
export function foldedOnce<Told>(fold: (folded: Folded) => Told): (folded: Folded) => Told {
  const latest = new WeakMap<readonly BookRow[], Kept<Told>>();

  return (folded) => {
    const { rows, definition, at } = folded;
    // Past states are not cached: few ask for the same one.
    if (at !== undefined) return fold(folded);
    const { length } = rows;
    const known = latest.get(rows);
    if (known?.length === length && known.definition === definition) return known.told;
    const told = fold(folded);
    latest.set(rows, { length, definition, told });

    return told;
  };
}
