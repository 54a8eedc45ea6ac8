import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import type { RunGroup, RunLine } from '../../../api/run.ts';
import { getJson } from '../../api/client.ts';
import { ShowMore, usePages } from '../../api/use-pages.tsx';
import { StatusGlyph } from '../../parts/status/status-glyph.tsx';
import { shownWaiting, statusLook } from '../../parts/status/status-look.ts';
import { Unloaded } from '../../parts/unloaded.tsx';
import type { RunFilter } from './run-filter.ts';
import { gridMove, gridTasks } from './run-grid.ts';
import { useRunDetails } from './use-run-details.ts';

/**
 * The latest runs of each definition side by side, and under them how each of their tasks is. One cell can be reached
 * by Tab; the arrow keys, Home and End move on from it.
 */
export function RunsGrid({ filter: { q, where, status } }: { readonly filter: RunFilter }) {
  const table = useRef<HTMLTableElement>(null);
  const params = { q, where, status };
  const grid = usePages(['run-grid', params], ({ after }, signal) =>
    getJson(['run-grid'], { ...params, after }, signal),
  );
  const groups = grid.items;
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const isOpen = (id: string): boolean => toggled.has(id) !== (groups.length === 1);
  // The cell that Tab led to may have gone with the rows that were folded away.
  useEffect(() => {
    const cells = cellsOf(table.current).flat();
    if (cells.every(({ tabIndex }) => tabIndex < 0)) cells[0]?.setAttribute('tabindex', '0');
  });

  if (grid.isPending || grid.error !== undefined)
    return <Unloaded error={grid.error ?? null} onRetry={grid.reload} />;

  return (
    <>
      <div className="table-scroll">
        <table
          ref={table}
          className="runs-grid"
          onKeyDown={(event) => moveFocus(event, table.current)}
          onFocus={({ target }) => holdFocus(target, table.current)}
        >
          {groups.map((group, index) => (
            <Group
              key={group.definition}
              group={group}
              isFirst={index === 0}
              isOpen={isOpen(group.definition)}
              all={allPath(group.definition, params)}
              onToggle={() => setToggled(without(toggled, group.definition))}
            />
          ))}
        </table>
      </div>
      <ShowMore {...grid} of="definitions" />
    </>
  );
}

type GroupProps = {
  readonly group: RunGroup;
  readonly isFirst: boolean;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  /** Where all of its runs are that fit. */
  readonly all: string;
};

function allPath(definition: string, { q, where, status }: Record<'q' | 'where' | 'status', string>): string {
  const terms = `${where} definition=${definition}`.trim();
  const search = new URLSearchParams({ where: terms, ...(q && { q }), ...(status && { status }) });

  return `/runs?${search}`;
}

function Group({
  group: { definition: id, total, runs: lines },
  isFirst,
  isOpen,
  onToggle,
  all,
}: GroupProps) {
  return (
    <tbody>
      <tr>
        <th scope="row">
          <button type="button" className="quiet" aria-expanded={isOpen} onClick={onToggle}>
            <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> {id}
          </button>
        </th>
        <td>
          {lines.map((line, index) => (
            <GridCell
              key={line.run}
              line={line}
              status={shownWaiting(line)}
              what={[`${line.settled} of ${line.taskCount} tasks`, line.wait?.reason]
                .filter(Boolean)
                .join(': ')}
              isEntry={isFirst && index === 0}
            />
          ))}
          {total > lines.length && (
            <Link href={all} className="grid-all" tabIndex={-1}>
              all {total}
            </Link>
          )}
        </td>
      </tr>
      {isOpen && <TaskRows lines={lines} />}
    </tbody>
  );
}

function TaskRows({ lines }: { readonly lines: readonly RunLine[] }) {
  const { known, error, retry } = useRunDetails(
    lines.map(({ run }) => run),
    { isEnabled: true },
  );
  const tasks = gridTasks(lines, known);
  if (tasks.length === 0)
    return (
      <tr>
        <td colSpan={2}>
          <Unloaded error={error} onRetry={retry} />
        </td>
      </tr>
    );

  return tasks.map((task) => (
    <tr key={task} className="of-task">
      <th scope="row" className="mono">
        {task}
      </th>
      <td>
        {lines.map((line) => {
          const found = known.get(line.run)?.tasks.find((one) => one.id === task);
          const tries = found === undefined || found.attempt < 2 ? '' : `, attempt ${found.attempt}`;

          return (
            <GridCell
              key={line.run}
              line={line}
              status={found?.status}
              what={`${task}${tries}`}
              task={task}
              isEntry={false}
            />
          );
        })}
      </td>
    </tr>
  ));
}

function without(all: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const after = new Set(all);
  if (!after.delete(id)) after.add(id);

  return after;
}

function cellsOf(table: HTMLTableElement | null): readonly (readonly HTMLElement[])[] {
  return [...(table?.rows ?? [])].map((row) => [...row.querySelectorAll<HTMLElement>('td a')]);
}

function moveFocus(event: KeyboardEvent, table: HTMLTableElement | null): void {
  const cells = cellsOf(table);
  const focused = document.activeElement as HTMLElement;
  const row = cells.findIndex((line) => line.includes(focused));
  if (row < 0) return;
  const at = { row, column: cells[row]?.indexOf(focused) ?? 0 };
  const to = gridMove(
    event.key,
    at,
    cells.map(({ length }) => length),
  );
  if (to === undefined) return;
  event.preventDefault();
  cells[to.row]?.[to.column]?.focus();
}

/** Tab comes back to the cell that was left. */
function holdFocus(target: HTMLElement, table: HTMLTableElement | null): void {
  const cells = cellsOf(table).flat();
  if (!cells.includes(target)) return;
  for (const cell of cells) cell.tabIndex = cell === target ? 0 : -1;
}

type GridCellProps = {
  readonly line: RunLine;
  /** Of the run, or of one of its tasks; undefined where it has no such task, or that is not known yet. */
  readonly status: string | undefined;
  readonly what: string;
  readonly task?: string;
  /** Whether Tab leads to it before any cell had the focus. */
  readonly isEntry: boolean;
};

/** How one run, or one task of it, is; leads there. */
function GridCell({ line, status, what, task, isEntry }: GridCellProps) {
  const { hue, glyph, word } =
    status === undefined ? { hue: 'idle', glyph: undefined, word: 'nothing' } : statusLook(status);
  const label = `${word}, ${what}, run ${line.shortId}`;
  const search = task === undefined ? '' : `?task=${encodeURIComponent(task)}`;

  return (
    <Link
      href={`/runs/${line.run}${search}`}
      className="badge"
      data-hue={hue}
      title={label}
      aria-label={label}
      tabIndex={isEntry ? 0 : -1}
    >
      {glyph === undefined ? <span className="soft">·</span> : <StatusGlyph glyph={glyph} size={16} />}
    </Link>
  );
}
