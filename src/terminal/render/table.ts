import { padToWidth, truncateToWidth, widthOf } from './width.ts';

/**
 * A column. On a terminal that is too narrow, `flexible` ones are shortened; where that is not enough, the one with the
 * highest `givesWay` goes first.
 */
export type TableColumn = {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly flexible?: boolean;
  readonly givesWay?: number;
};

const gap = '  ';
const flexibleMin = 8;

/**
 * A table without borders, one line per row, so that it can be searched and cut like any text. `columns` is the width
 * of the terminal; without it nothing is shortened.
 */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  options: { readonly columns?: number; readonly title?: (text: string) => string } = {},
): string {
  const natural = columns.map((column, index) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[index] ?? '')), widthOf(column.title)),
  );
  const all = columns.map((column, index) => ({ column, index, width: natural[index] ?? 0 }));
  const placed = options.columns === undefined ? all : fitted(all, options.columns);
  const line = (cells: readonly string[]): string => {
    const text = placed
      .map(({ column, index, width }) =>
        padToWidth(truncateToWidth(cells[index] ?? '', width), width, column.align ?? 'left'),
      )
      .join(gap)
      .trimEnd();
    return options.columns === undefined ? text : truncateToWidth(text, options.columns);
  };
  const title = options.title ?? ((text: string) => text);

  return [title(line(columns.map((column) => column.title))), ...rows.map(line)].join('\n');
}

type Placed = { readonly column: TableColumn; readonly index: number; readonly width: number };

/** Drops columns until the rest can be shortened to fit, and shortens it. */
function fitted(all: readonly Placed[], available: number): readonly Placed[] {
  let kept = all;
  while (totalOf(kept.map(narrowest)) > available) {
    const weakest = Math.max(...kept.map(({ column }) => column.givesWay ?? 0));
    if (weakest === 0) break;
    kept = kept.filter(({ column }) => column.givesWay !== weakest);
  }
  let excess = totalOf(kept.map(({ width }) => width)) - available;
  // From the right: the columns on the left name the row.
  const narrowed = [...kept].reverse().map((each): Placed => {
    const width = excess > 0 ? Math.max(narrowest(each), each.width - excess) : each.width;
    excess -= each.width - width;
    return { ...each, width };
  });

  return narrowed.reverse();
}

function narrowest({ column, width }: Placed): number {
  return column.flexible === true ? Math.min(width, flexibleMin) : width;
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1));
}
