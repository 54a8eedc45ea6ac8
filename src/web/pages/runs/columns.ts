export type ColumnId =
  | 'status'
  | 'definition'
  | 'run'
  | 'now'
  | 'progress'
  | 'elapsed'
  | 'updated'
  | 'started'
  | 'trigger'
  | 'error';
export type Column = { readonly id: ColumnId; readonly label: string; readonly width: string };

/** What may be known of a run in the list, in the order in which it stands. Widths are those of CSS grids. */
export const columns: readonly Column[] = [
  { id: 'status', label: 'Status', width: '140px' },
  { id: 'definition', label: 'Definition', width: 'minmax(150px, 1.4fr)' },
  { id: 'run', label: 'Run', width: '130px' },
  { id: 'now', label: 'Now', width: 'minmax(110px, 1fr)' },
  { id: 'progress', label: 'Progress', width: '120px' },
  { id: 'elapsed', label: 'Elapsed / typical', width: '130px' },
  { id: 'updated', label: 'Updated', width: '110px' },
  { id: 'started', label: 'Started', width: '110px' },
  { id: 'trigger', label: 'Started by', width: 'minmax(100px, 1fr)' },
  { id: 'error', label: 'Error', width: 'minmax(100px, 1fr)' },
];

const usual: readonly ColumnId[] = [
  'status',
  'definition',
  'run',
  'now',
  'progress',
  'elapsed',
  'updated',
  'trigger',
];

/** The columns that a parameter of the address names; the usual ones where it names none that there is. */
export function chosenColumns(text: string): readonly Column[] {
  const named = text.split(',');
  const found = columns.filter(({ id }) => named.includes(id));

  return found.length > 0 ? found : columns.filter(({ id }) => usual.includes(id));
}

/** The parameter of the address for the columns with one more or less; empty for the usual ones. */
export function toggledColumns(text: string, pressed: ColumnId): string {
  const before = chosenColumns(text).map(({ id }) => id);
  const after = before.includes(pressed) ? before.filter((id) => id !== pressed) : [...before, pressed];
  const inOrder = columns.map(({ id }) => id).filter((id) => after.includes(id));

  return inOrder.join() === usual.join() ? '' : inOrder.join();
}
