export type ColumnId =
  | 'status'
  | 'definition'
  | 'run'
  | 'input'
  | 'now'
  | 'progress'
  | 'elapsed'
  | 'updated'
  | 'started'
  | 'trigger'
  | 'attempts'
  | 'error';
export type RunColumn = { readonly id: ColumnId; readonly label: string; readonly width: string };

/** What may be known of a run in the list, in the order in which it stands. Widths are those of CSS grids. */
export const columns: readonly RunColumn[] = [
  { id: 'status', label: 'Status', width: '140px' },
  { id: 'definition', label: 'Definition', width: 'minmax(140px, 1.6fr)' },
  { id: 'run', label: 'Run', width: '130px' },
  { id: 'input', label: 'Input', width: 'minmax(90px, 1.1fr)' },
  { id: 'now', label: 'Now', width: 'minmax(90px, 1fr)' },
  { id: 'progress', label: 'Progress', width: '112px' },
  { id: 'elapsed', label: 'Elapsed / typical', width: '116px' },
  { id: 'updated', label: 'Updated', width: '92px' },
  { id: 'started', label: 'Started', width: '92px' },
  { id: 'trigger', label: 'Started by', width: 'minmax(76px, 0.6fr)' },
  { id: 'attempts', label: 'Attempts', width: '70px' },
  { id: 'error', label: 'Error', width: 'minmax(100px, 1fr)' },
];

const usual: readonly ColumnId[] = [
  'status',
  'definition',
  'run',
  'input',
  'now',
  'progress',
  'elapsed',
  'updated',
  'trigger',
];

/** Whether any of them says what takes reading the runs themselves. */
export function needsDetails(shown: readonly RunColumn[]): boolean {
  return shown.some(({ id }) => id === 'input' || id === 'attempts');
}

/** The columns that a parameter of the address names; the usual ones where it names none that there is. */
export function chosenColumns(text: string): readonly RunColumn[] {
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
