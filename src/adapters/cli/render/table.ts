import { padToWidth, truncateToWidth, widthOf } from './width.ts';

/** A column: `flexible` ones give way when the table is wider than the terminal. */
export type Column = {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly flexible?: boolean;
};

const gap = '  ';
const flexibleMin = 8;

/**
 * A table without borders, one line per row, so that it can be searched and cut like any text. `columns` is the width
 * of the terminal; without it nothing is shortened.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: { readonly columns?: number; readonly title?: (text: string) => string } = {},
): string {
  const widths = fittedWidths(columns, rows, options.columns);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return padToWidth(truncateToWidth(cell, width), width, columns[index]?.align ?? 'left');
      })
      .join(gap)
      .trimEnd();
  const title = options.title ?? ((text: string) => text);

  return [title(line(columns.map((column) => column.title))), ...rows.map(line)].join('\n');
}

function fittedWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  available: number | undefined,
): readonly number[] {
  const widths = columns.map((column, index) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[index] ?? '')), widthOf(column.title)),
  );
  if (available === undefined) return widths;

  let excess = widths.reduce((sum, width) => sum + width, gap.length * (columns.length - 1)) - available;
  // From the right: the columns on the left name the row.
  for (let index = columns.length - 1; index >= 0 && excess > 0; index -= 1) {
    const width = widths[index] ?? 0;
    if (columns[index]?.flexible !== true || width <= flexibleMin) continue;
    const narrowed = Math.max(flexibleMin, width - excess);
    excess -= width - narrowed;
    widths[index] = narrowed;
  }

  return widths;
}
