import { localId, parseAddress } from '../../machines/compile/address.ts';
import type { Definition } from '../../machines/definition.ts';
import type { Timeline } from '../api/run-parts.ts';
import type { BookRow } from './book-row.ts';
import { placesOf } from './task-order.ts';
import { createTimelineRow, type GrowingRow } from './timeline-row.ts';

const shownMax = 500;

/**
 * What the tasks of a run did and waited for, up to event `at`. `definition` tells what type they are, where it is
 * known; `rowsMax` tasks are told, 500 without.
 */
export function timelineOf(
  rows: readonly BookRow[],
  {
    at,
    definition,
    rowsMax = shownMax,
  }: {
    readonly at?: number | undefined;
    readonly definition?: Definition | undefined;
    readonly rowsMax?: number;
  },
): Timeline {
  const seen = at === undefined ? rows : rows.slice(0, at);
  const growing = new Map<string, GrowingRow>();
  for (const row of seen) grow(growing, row);
  const last = seen.at(-1);
  const isOver = last?.isOver ?? false;
  if (last !== undefined && isOver) for (const each of growing.values()) each.close(last);
  const told = inOrder([...growing].filter(([, each]) => each.isWorthTelling()));

  return {
    from: seen[0]?.line.time ?? '',
    to: last?.line.time ?? '',
    isOver,
    rows: told.slice(0, rowsMax).map(([id, { row }]) => ({ id, ...placeOf(id, definition), ...row() })),
    marks: seen.flatMap(marksOfRun),
    omitted: Math.max(0, told.length - rowsMax),
  };
}

function grow(growing: Map<string, GrowingRow>, row: BookRow): void {
  const { moves, line } = row;
  const rowOf = (task: string): GrowingRow => {
    const known = growing.get(task) ?? createTimelineRow(task);
    growing.set(task, known);
    return known;
  };
  // First what the event says of its task, then what follows from it: an attempt may begin and end with one event.
  if (line.task !== undefined) rowOf(line.task).tell(row);
  for (const { task, to } of moves) rowOf(task).move(to, row);
}

function marksOfRun({ line }: BookRow): Timeline['marks'] {
  const { task, isIntervention, type, time, sequence, actor, note } = line;
  if (task !== undefined || !(isIntervention || notable.has(type))) return [];

  return [{ time, event: sequence, type, by: actor, note }];
}

/** What happens to a run as a whole without anybody stepping in, and is worth a mark all the same. */
const notable: ReadonlySet<string> = new Set([
  'run.paused',
  'run.admitted',
  'run.failed',
  'timer.fired',
  'failure-workflow.started',
  'journal.damaged',
]);

/** As their tasks first began, those in passes behind the task that they are passes of. */
function inOrder(rows: readonly (readonly [string, GrowingRow])[]): typeof rows {
  const began = rows.toSorted(([, a], [, b]) => a.beganAt() - b.beganAt());
  const known = new Set(began.map(([id]) => id));
  const inside = new Map<string | undefined, (readonly [string, GrowingRow])[]>();
  for (const each of began) {
    const owner = ownerOf(each[0]);
    const group = owner !== undefined && known.has(owner) ? owner : undefined;
    const members = inside.get(group);
    // Not copied: a loop may have had many thousand passes.
    if (members === undefined) inside.set(group, [each]);
    else members.push(each);
  }
  const listed = (group: string | undefined): typeof rows =>
    (inside.get(group) ?? []).flatMap((each) => [each, ...listed(each[0])]);

  return listed(undefined);
}

/** The address of the FORK or loop in one of whose passes the task is. */
function ownerOf(address: string): string | undefined {
  const end = address.lastIndexOf('[');
  if (end < 0) return undefined;
  const outer = address.slice(0, end);
  const attempt = outer.lastIndexOf(':');

  return attempt > outer.lastIndexOf('.') ? outer.slice(0, attempt) : outer;
}

function placeOf(
  address: string,
  definition: Definition | undefined,
): { readonly depth: number; readonly type: string } {
  const places = definition === undefined ? undefined : placesOf(definition);
  const passes = parseAddress(address)?.owners.length ?? 0;
  let branches = 0;
  let place = places?.get(localId(address));
  const type = place?.task.type ?? '';
  while (place?.branch !== undefined) {
    branches++;
    place = places?.get(place.branch.of);
  }

  return { depth: passes + branches, type };
}
