import { statusOf } from '../../../machines/chart/task-status.ts';
import type { RunComparison, WayPoint } from '../../api/run-compare.ts';
import type { BookRow } from '../insights/book-row.ts';

/** The events that led a run to where it is. Those of a fork begin in the run that it was forked from. */
export type Way = readonly { readonly run: string; readonly row: BookRow }[];

/** States that a task passes through or not by how fast somebody was, and not by where the run went. */
const passing: ReadonlySet<string> = new Set([
  'conditional',
  'naming',
  'deciding',
  'in_progress',
  'listing',
  'looping',
  'arming',
  'shaping',
]);

type Point = { readonly at: number; readonly to: string; readonly point: WayPoint };

/**
 * Where the ways of two runs part first. Each task is held against itself: in which order tasks that run beside one
 * another come to their ends is no difference. What one has not come to yet is none, either.
 */
export function partingOf(one: Way, other: Way): Pick<RunComparison, 'way' | 'parting'> {
  const [ones, others] = [pointsOf(one), pointsOf(other)];
  const areOver = { one: isOver(one), other: isOver(other) };
  const tasks = [...new Set([...ones.keys(), ...others.keys()])];
  const [first] = tasks
    .flatMap((task) => {
      const found = firstDifference(ones.get(task) ?? [], others.get(task) ?? []);
      return found !== undefined && isFinal(found, areOver) ? [{ task, ...found }] : [];
    })
    .toSorted((a, b) => beganAt(a) - beganAt(b));
  if (first === undefined) return { way: areOver.one && areOver.other ? 'same' : 'same-so-far' };

  return { way: 'parts', parting: { task: first.task, one: first.one?.point, other: first.other?.point } };
}

type Difference = { readonly one: Point | undefined; readonly other: Point | undefined };

/** A run that is under way may come to what it lacks. */
function isFinal(
  { one, other }: Difference,
  areOver: { readonly one: boolean; readonly other: boolean },
): boolean {
  return (one !== undefined || areOver.one) && (other !== undefined || areOver.other);
}

function beganAt({ one, other }: Difference): number {
  return Math.min(one?.at ?? Number.POSITIVE_INFINITY, other?.at ?? Number.POSITIVE_INFINITY);
}

function isOver(way: Way): boolean {
  return way.at(-1)?.row.isOver ?? false;
}

function firstDifference(one: readonly Point[], other: readonly Point[]): Difference | undefined {
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    if (one[index]?.to !== other[index]?.to) return { one: one[index], other: other[index] };
  }

  return undefined;
}

function pointsOf(way: Way): ReadonlyMap<string, readonly Point[]> {
  const points = new Map<string, Point[]>();
  for (const [at, { run, row }] of way.entries()) {
    for (const { task, to } of row.moves) {
      if (passing.has(to)) continue;
      const own = points.get(task) ?? [];
      own.push({ at, to, point: pointOf(run, row, { task, to }) });
      points.set(task, own);
    }
  }

  return points;
}

function pointOf(run: string, row: BookRow, { task, to }: BookRow['moves'][number]): WayPoint {
  const { sequence, time, type } = row.line;

  return { run, event: sequence, time, type, status: statusOf(to), note: noteOf(row, task) };
}

/** What an event says is about its own task. */
function noteOf({ line, decision, condition, error }: BookRow, task: string): string {
  if (line.task !== task) return '';
  if (decision !== undefined) return `${decision.value} led to ${decision.next.join(', ') || 'nothing'}`;
  if (condition !== undefined) return `the condition was ${condition.result}: ${condition.seen}`;

  return error === undefined ? line.note : `${error.code}: ${error.message}`;
}
