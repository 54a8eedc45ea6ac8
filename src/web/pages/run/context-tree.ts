import type { RunContext } from '../../../api/run-parts.ts';

type Json = RunContext['output'];
type Change = RunContext['changes'][number];

/** One row of the tree of what a run knows. */
export type TreeRow = {
  /** Such as `tasks.pay.output.total`. */
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  /** The value in a few words: text in quotation marks, how much a list or an object holds. */
  readonly preview: string;
  readonly isGroup: boolean;
  readonly isOpen: boolean;
  /** What the event did to it, or, for `inside`, to something in it. */
  readonly mark: 'added' | 'changed' | 'removed' | 'inside' | undefined;
  /** What it was before, in a few words. */
  readonly before: string | undefined;
};

type Place = { readonly path: string; readonly name: string; readonly depth: number };
type Reading = {
  readonly changes: ReadonlyMap<string, Change>;
  readonly isOpen: (path: string, depth: number) => boolean;
};

const previewLengthMax = 120;
const rowsMax = 5_000;
/** Groups down to here are open unless somebody closed them. */
const openDepth = 1;

/** The value that the tree shows: the same paths as the changes of the context have. */
function contextValue({ input, variables, outputs, output }: RunContext): Record<string, Json> {
  const tasks = Object.fromEntries(Object.entries(outputs).map(([id, value]) => [id, { output: value }]));

  return { input, variables, tasks, ...(output === undefined ? {} : { output }) };
}

/** The rows that can be seen. `toggled` are the groups that somebody opened or closed against the usual. */
export function treeRows(context: RunContext, toggled: ReadonlySet<string>): readonly TreeRow[] {
  const changes = new Map(context.changes.map((change) => [change.path, change]));
  const isOpen = (path: string, depth: number) =>
    (depth < openDepth || hasInside(changes, path)) !== toggled.has(path);
  const rows: TreeRow[] = [];
  for (const [name, value] of Object.entries(contextValue(context))) {
    addRows(rows, value, { place: { path: name, name, depth: 0 }, reading: { changes, isOpen } });
  }
  for (const { path, before, after } of context.changes) {
    if (after === undefined && before !== undefined) rows.push(removedRow(path, before));
  }

  return rows.slice(0, rowsMax);
}

function addRows(
  rows: TreeRow[],
  value: Json,
  { place, reading }: { readonly place: Place; readonly reading: Reading },
): void {
  if (rows.length > rowsMax) return;
  const entries = entriesOf(value);
  const isOpen = entries.length > 0 && reading.isOpen(place.path, place.depth);
  rows.push({
    ...place,
    preview: preview(value),
    isGroup: entries.length > 0,
    isOpen,
    ...markOf(reading.changes, place.path),
  });
  if (!isOpen) return;
  for (const [name, child] of entries) {
    const path = Array.isArray(value) ? `${place.path}[${name}]` : `${place.path}.${name}`;
    addRows(rows, child, { place: { path, name, depth: place.depth + 1 }, reading });
  }
}

function markOf(changes: ReadonlyMap<string, Change>, path: string): Pick<TreeRow, 'mark' | 'before'> {
  const change = changes.get(path);
  if (change === undefined)
    return { mark: hasInside(changes, path) ? 'inside' : undefined, before: undefined };

  return change.before === undefined
    ? { mark: 'added', before: undefined }
    : { mark: 'changed', before: preview(change.before) };
}

function removedRow(path: string, before: Json): TreeRow {
  const place = { path, name: path, depth: 0 };

  return { ...place, preview: '', isGroup: false, isOpen: false, mark: 'removed', before: preview(before) };
}

function hasInside(changes: ReadonlyMap<string, Change>, path: string): boolean {
  return [...changes.keys()].some((key) => key.startsWith(`${path}.`) || key.startsWith(`${path}[`));
}

function entriesOf(value: Json): readonly (readonly [string, Json])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** A value in a few words. */
export function preview(value: Json): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.length === 1 ? '1 item' : `${value.length} items`;
  if (typeof value === 'object' && value !== null) {
    const count = Object.keys(value).length;

    return count === 1 ? '1 value' : `${count} values`;
  }
  const text = JSON.stringify(value);

  return text.length > previewLengthMax ? `${text.slice(0, previewLengthMax)}…` : text;
}
