import type { RunDetail, RunLine } from '../../../api/run.ts';

/** The tasks that any of the runs has, in the order of the first that has them: versions may differ. */
export function gridTasks(
  lines: readonly RunLine[],
  details: ReadonlyMap<string, RunDetail>,
): readonly string[] {
  const tasks = lines.flatMap(({ run }) => details.get(run)?.tasks.map(({ id }) => id) ?? []);

  return [...new Set(tasks)];
}

/** Where an arrow key leads in rows of so many cells each; undefined for other keys and at the edge. */
export function gridMove(
  key: string,
  { row, column }: { readonly row: number; readonly column: number },
  lengths: readonly number[],
): { readonly row: number; readonly column: number } | undefined {
  const length = lengths[row] ?? 0;
  switch (key) {
    case 'ArrowRight':
      return column + 1 < length ? { row, column: column + 1 } : undefined;
    case 'ArrowLeft':
      return column > 0 ? { row, column: column - 1 } : undefined;
    case 'Home':
      return { row, column: 0 };
    case 'End':
      return { row, column: length - 1 };
    case 'ArrowDown':
      return besides(lengths, { row: row + 1, column });
    case 'ArrowUp':
      return besides(lengths, { row: row - 1, column });
    default:
      return undefined;
  }
}

function besides(lengths: readonly number[], { row, column }: { row: number; column: number }) {
  const length = lengths[row];

  return length === undefined || length === 0 ? undefined : { row, column: Math.min(column, length - 1) };
}
