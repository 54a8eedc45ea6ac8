import type { DiffLine } from '../../api/definitions.ts';
import { lineChanges } from '../../projections/definition/line-diff.ts';

/** Lines around a change that are shown with it. */
const around = 3;
const signs: Readonly<Record<DiffLine['kind'], string>> = { same: ' ', added: '+', removed: '-' };

/**
 * The lines that differ, `-` those of the first text and `+` those of the second, with some around them and `...` where
 * lines are left out. Empty where both are the same.
 */
export function printedLineDiff(before: readonly string[], after: readonly string[]): readonly string[] {
  const all = lineChanges(before, after).map(({ kind, text }) => `${signs[kind]} ${text}`);
  const isShown = all.map((_line, at) =>
    all.slice(Math.max(0, at - around), at + around + 1).some((each) => !each.startsWith(' ')),
  );

  return all.flatMap((line, at) => {
    if (isShown[at]) return [line];
    return isShown[at + 1] === true || (at === all.length - 1 && isShown.includes(true)) ? ['  ...'] : [];
  });
}
