import type { Chart } from '../../chart/chart.ts';
import { downstreamOf } from '../../chart/downstream.ts';
import { localId, openTasks, parseAddress } from '../../chart/task-at.ts';
import { isFinal, isOpenBody } from '../../chart/task-status.ts';
import { firstTimer, type Timer } from '../../run/timers.ts';
import { answersTo, type Open, openOnes } from './answers.ts';
import type { Move } from './scenario.ts';
import type { Scene } from './scene.ts';

/** A loop is followed for so many passes: what its further ones could show has shown by then, but for their number. */
const passesMax = 12;

/** With more of them side by side the ways multiply: what four show, more show again. */
const rivalsMax = 4;

const known = new WeakMap<Chart, Map<string, Reach>>();

const pass: Move = { type: 'pass' };

/**
 * What the world may do next, as far as it makes a difference: tasks that run side by side are independent, so one
 * order of their ends stands for all. The first open task is brought to its end before the next is looked at: by an
 * answer, or by time where its timer is the first to go off. Tasks that feed the same `join: any` (or N) may end in any
 * order, and so may what leads to a TERMINATE and what is beside it. Empty when the run is over, stuck, or followed no
 * further (`cutOff`).
 */
export function movesOf(scene: Scene): readonly Move[] {
  const { run, candidates } = scene;
  if (run.sequence === 0) {
    const paces = ['quick', 'slow'] as const;
    return candidates.inputs.flatMap((input) => paces.map((pace): Move => ({ type: 'start', input, pace })));
  }
  if (isFinal(run.state.status) || cutOff(scene) !== undefined) return [];
  if (run.state.status === 'PAUSED') return [{ type: 'intervene', command: { kind: 'resumeRun' } }];
  const open = openOnes(scene);
  const first = firstTimer(run);
  // Once the world is silent to what only a timer around it can end, it is silent altogether.
  if (first === undefined || !open.some((each) => isGivenUp(each))) return inTurn(scene, open, first);

  return [pass];
}

function inTurn(scene: Scene, open: readonly Open[], first: Timer | undefined): readonly Move[] {
  let waitsBefore = false;
  for (const each of open) {
    const isNext = first !== undefined && each.timer?.dueAt === first.dueAt;
    if (each.isOwed || isNext) {
      const moves = [...answersOf(scene, each, open, isNext), ...ahead(scene, each, open)];
      return waitsBefore ? moves.slice(0, 1) : moves;
    }
    // It chose to wait, and others would be late before it goes on: they answer, and their choices are looked at on
    // the ways on which it did not.
    waitsBefore ||= each.state.state !== 'awaiting';
  }

  return first === undefined ? [] : [pass];
}

/** What may become of it, and of those beside it of which it matters who is first. */
function answersOf(scene: Scene, each: Open, open: readonly Open[], isNext: boolean): readonly Move[] {
  const rivals = rivalsOf(scene.run.chart, each, open);
  const answers = rivals.filter(({ isOwed }) => isOwed).flatMap((rival) => answersTo(scene, rival));

  return each.isOwed || !isNext ? answers : [pass, ...answers];
}

/**
 * Where a failure sets more off than the end of the run, it matters what was done by then: whoever comes next may be
 * done before, or, beside a run of another definition, do whatever it may.
 */
function ahead(scene: Scene, each: Open, open: readonly Open[]): readonly Move[] {
  const { compensates, delegates } = scene.run.chart;
  const isOther = delegates && each.state.state === 'delegated';
  if (!compensates && !isOther) return [];
  const next = open.find((other) => other.isOwed && open.indexOf(other) > open.indexOf(each));
  if (next === undefined || rivalsOf(scene.run.chart, each, open).includes(next)) return [];
  const answers = answersTo(scene, next);

  return isOther ? answers : answers.slice(0, 1);
}

function isGivenUp({ isOwed, timer, address, state }: Open): boolean {
  return !isOwed && state.state !== 'retrying' && timer !== undefined && timer.task !== address;
}

/**
 * The open tasks of which it matters which ends first: those that lead to the same `join: any` (or N), and those that
 * lead to different ends of the run. The first of the open ones is among them.
 */
function rivalsOf(chart: Chart, first: Open, open: readonly Open[]): readonly Open[] {
  const own = reachOf(chart, first);
  const seen = new Set([own.ends]);
  const rivals = open.filter((each) => {
    if (each === first) return true;
    const other = reachOf(chart, each);
    const meets = own.joins.some((join) => other.joins.includes(join));
    const isOther = !seen.has(other.ends);
    seen.add(other.ends);
    return meets || isOther;
  });

  return rivals.slice(0, rivalsMax);
}

/** The joins that one task is enough for, and which TERMINATE tasks, a task leads to. */
type Reach = { readonly joins: readonly string[]; readonly ends: string };

function reachOf(chart: Chart, { address }: Pick<Open, 'address'>): Reach {
  const reaches = known.get(chart) ?? new Map<string, Reach>();
  known.set(chart, reaches);
  const id = localId(address);
  const found = reaches.get(id) ?? reach(chart, address);
  reaches.set(id, found);

  return found;
}

/** What a task leads to beside it, and what each body that it is in leads to. */
function reach(chart: Chart, address: string): Reach {
  const levels = [...(parseAddress(address)?.owners ?? []).map(({ id }) => id), localId(address)];
  const after = levels.flatMap((id) => [...downstreamOf(chart, id)]);
  const tasks = after.flatMap((id) => chart.plan.get(id)?.task ?? []);
  const joins = tasks.filter(({ join }) => join !== 'all' && join !== 'all_done').map(({ id }) => id);
  // One that ends only its body matters to what is in there too.
  const ends = tasks.filter(({ type }) => type === 'TERMINATE').map(({ id }) => id);

  return { joins, ends: [...new Set(ends)].sort().join(' ') };
}

/** Why a run is followed no further from here, in words; undefined where it is. */
export function cutOff({ run }: Scene): string | undefined {
  for (const [address, task] of openTasks(run.state.tasks)) {
    const { task: place } = run.chart.plan.get(localId(address)) ?? {};
    if (place?.type !== 'DO_WHILE' || !isOpenBody(task) || task.body?.count !== undefined) continue;
    if ((task.body?.opened ?? 0) > passesMax) return `${place.id} was followed for ${passesMax} passes`;
  }

  return undefined;
}
