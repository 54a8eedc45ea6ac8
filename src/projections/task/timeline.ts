import { localId, parseAddress } from '../../../machines/chart/task-at.ts';
import { isSettled, statusOf } from '../../../machines/chart/task-status.ts';
import type { Definition } from '../../../machines/definition.ts';
import type { Timeline, TimelineRow } from '../../api/run-parts.ts';
import type { BookRow } from '../insights/book-row.ts';
import { shownType } from './shown-type.ts';
import { placesOf } from './task-order.ts';

const kinds: Readonly<Record<string, Bar['kind']>> = {
  scheduled: 'queued',
  deciding: 'queued',
  listing: 'queued',
  arming: 'queued',
  in_progress: 'running',
  open: 'running',
  looping: 'running',
  shaping: 'running',
  retrying: 'retrying',
  pending_approval: 'waiting',
  awaiting: 'waiting',
  delegated: 'waiting',
  recovering: 'waiting',
  exhausted: 'waiting',
};
/** States in which a task goes on with the attempt that it had before. */
const goingOn: ReadonlySet<string> = new Set(['retrying', 'recovering', 'exhausted', 'shaping']);

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
  const type = place === undefined ? '' : shownType(place.task);
  while (place?.branch !== undefined) {
    branches++;
    place = places?.get(place.branch.of);
  }

  return { depth: passes + branches, type };
}

/** The row of one task while the events of its run are gone through. */
type GrowingRow = {
  /** An event is about the task. */
  readonly tell: (row: BookRow) => void;
  /** An event changed its state. */
  readonly move: (to: string, row: BookRow) => void;
  /** The run is over, and so is what was under way. */
  readonly close: (row: BookRow) => void;
  readonly isWorthTelling: () => boolean;
  /** The number of the event that it began with. */
  readonly beganAt: () => number;
  readonly row: () => Pick<TimelineRow, 'status' | 'bars' | 'marks'>;
};

type Bar = { -readonly [Key in keyof TimelineRow['bars'][number]]: TimelineRow['bars'][number][Key] };

/** What is known of a task on the way; `open` is the bar that has no end yet. */
type Track = {
  readonly task: string;
  readonly bars: Bar[];
  readonly marks: TimelineRow['marks'];
  state: string;
  attempt: number;
  open: Bar | undefined;
  began: number | undefined;
};

function createTimelineRow(task: string): GrowingRow {
  const track: Track = {
    task,
    bars: [],
    marks: [],
    state: 'waiting',
    attempt: 0,
    open: undefined,
    began: undefined,
  };

  return {
    tell: (row) => tell(track, row),
    move: (to, row) => move(track, to, row),
    close: (row) => end(track, row, 'cancelled'),
    isWorthTelling: () => track.began !== undefined,
    beganAt: () => track.began ?? Number.POSITIVE_INFINITY,
    row: () => ({ status: statusOf(track.state), bars: track.bars, marks: track.marks }),
  };
}

function tell(track: Track, row: BookRow): void {
  const { line, lost, attempt, startedAt } = row;
  const { open } = track;
  if (attempt !== undefined && attempt > track.attempt && open?.kind === 'queued') {
    track.attempt = attempt;
    open.attempt = attempt;
  }
  // An attempt that ended at once has no event of its beginning.
  if (startedAt !== undefined && open?.kind === 'queued') {
    const began = { ...row, line: { ...line, time: later(open.from, startedAt) } };
    end(track, began);
    begin(track, 'running', began);
  }
  if (open !== undefined && lost !== undefined) noteLoss(open, row);
  if (line.isIntervention || line.type === 'timer.fired' || lost !== undefined) mark(track, row);
}

function move(track: Track, to: string, row: BookRow): void {
  const { state, open } = track;
  const kind = kinds[to];
  if (kind !== undefined && isNewAttempt(state, to)) track.attempt = nextAttempt(track, row);
  if (kind === undefined || kind !== open?.kind || to === 'scheduled') {
    end(track, row, outcomeOf(to, row));
    if (kind !== undefined) begin(track, kind, row);
  }
  track.state = to;
  const isPassedOver = to === 'skipped' || to === 'cancelled';
  if (isPassedOver && track.bars.length === 0) mark(track, row, `task.${to}`);
}

function isNewAttempt(from: string, to: string): boolean {
  return !goingOn.has(to) && (kinds[from] === undefined || from === 'retrying');
}

function begin(track: Track, kind: Bar['kind'], { line, worker }: BookRow): void {
  const { bars, attempt } = track;
  track.began ??= line.sequence;
  const from = later(bars.at(-1)?.to ?? line.time, line.time);
  const isDone = kind === 'running' && worker !== undefined;
  track.open = { kind, from, attempt, fromEvent: line.sequence, ...(isDone ? { worker } : {}) };
  bars.push(track.open);
}

function end(track: Track, { line }: BookRow, outcome?: string): void {
  const { open } = track;
  if (open === undefined) return;
  open.to = later(open.from, line.time);
  open.toEvent = line.sequence;
  if (outcome !== undefined) open.outcome = outcome;
  track.open = undefined;
}

function mark(track: Track, { line }: BookRow, type = line.type): void {
  const { time, sequence, actor, note } = line;
  track.began ??= sequence;
  track.marks.push({ time, event: sequence, type, by: actor, note });
}

function noteLoss(bar: Bar, { lost, worker, line }: BookRow): void {
  bar.note = bar.note === undefined ? line.note : `${bar.note}; ${line.note}`;
  bar.worker = worker ?? lost ?? '';
}

/** An event tells the attempt of the task that it is about, and may have others begin. */
function nextAttempt({ task, attempt }: Track, row: BookRow): number {
  const told = row.line.task === task ? (row.attempt ?? 0) : 0;

  return Math.max(attempt + 1, told);
}

/** How what was under way ended, where the task is in this state from now on. */
function outcomeOf(to: string, { line, error }: BookRow): string | undefined {
  if (to === 'retrying' || to === 'recovering' || to === 'exhausted') {
    return line.type === 'timer.fired' || error?.code === 'task.timeout' ? 'timed_out' : 'failed';
  }
  if (line.type === 'approval.denied') return 'rejected';
  if (to === 'caught') return 'failed';
  if (!isSettled({ state: to, attempt: 0 })) return undefined;

  return statusOf(to).toLowerCase();
}

function later(one: string, other: string): string {
  return one > other ? one : other;
}
