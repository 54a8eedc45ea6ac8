import { canonicalJson } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import { askedNow, excludedFrom, namesAsked } from '../../agents/authority.ts';
import type { TaskState } from '../../chart/run/run-state.ts';
import { bodyPrefix, localId, openTasks, parseAddress } from '../../chart/task-at.ts';
import { isFinal } from '../../chart/task-status.ts';
import { isPerformed } from '../../performed.ts';
import { type Run, undoingTasks } from '../../run/run.ts';
import { type Timer, timersOf } from '../../run/timers.ts';
import { attemptsMax, type HumanTask, type Task } from '../../task.ts';
import { withNames } from '../../task-names.ts';
import type { Move } from './scenario.ts';
import type { Scene } from './scene.ts';

/** The codes of the failures that stand for all that are treated alike. */
const passing: ErrorData = { code: 'scenario.failed', message: 'the attempt failed', retryable: true };

const lasting: ErrorData = { code: 'scenario.broken', message: 'no attempt can succeed', retryable: false };

const people = ['ana', 'ben', 'cleo', 'dan', 'eva', 'finn', 'gus', 'hana', 'ivo', 'jo'];

/** Every answer that the world may give to a task, the plainest first; silence, where time would end it, last. */
export function answersTo(scene: Scene, open: Open): readonly Move[] {
  const { address, timer, state } = open;
  const of = { task: address, attempt: state.attempt };
  const silence: readonly Move[] = timer === undefined ? [] : [{ type: 'silence', ...of }];

  return [...spoken(scene, open), ...silence];
}

function spoken(scene: Scene, { address, task, state }: Open): readonly Move[] {
  const { candidates } = scene;
  const of = { task: address, attempt: state.attempt };
  switch (task.type) {
    case 'HUMAN': {
      const by = nextPerson(scene.run, { address, task, state });
      const given = candidates.answers(task.id);
      const approvals = given.map(
        (data): Move => ({
          type: 'approve',
          task: address,
          by,
          ...(data === undefined ? {} : { data }),
        }),
      );
      const isCommented = candidates.isAsked(`${task.id}.output.comment`);
      const comments = isCommented ? [{ ...approvals[0], comment: 'as agreed' } as Move] : [];
      return [
        ...approvals,
        ...comments,
        { type: 'reject', task: address, by },
        ...changes(task, state, { address, by }),
      ];
    }
    case 'WAIT':
      if (task.signal === undefined)
        return [{ type: 'intervene', command: { kind: 'resolveTask', task: address, output: {} } }];
      return signalsFor(scene, task.id, withNames(task, state.names).signal ?? '');
    case 'SUB_WORKFLOW': {
      const ends = [...candidates.results(task.id), ...candidates.misfits(task.id)].map(
        (output): Move => ({ type: 'endChild', ...of, status: 'COMPLETED', output }),
      );
      const failures = failuresOf(task, candidates.codes(task.id)).map(
        (error): Move => ({ type: 'endChild', ...of, status: 'FAILED', error }),
      );
      return [...ends, ...failures];
    }
    default:
      return [
        ...candidates.results(task.id).map((output): Move => ({ type: 'complete', ...of, output })),
        ...failuresOf(task, candidates.codes(task.id)).map((error): Move => ({ type: 'fail', ...of, error })),
      ];
  }
}

/** A signal that came before and is kept, as nobody wanted it, is not wanted now. */
function signalsFor({ run, candidates }: Scene, task: string, name: string): readonly Move[] {
  const kept = new Set(
    run.state.signals?.filter((each) => each.name === name).map(({ data }) => canonicalJson(data)),
  );
  const given = [...candidates.signals(task), ...candidates.misfits(task)];
  const fresh = given.filter((data) => !kept.has(canonicalJson(data)));

  return fresh.map((data) => ({ type: 'signal', name, data }));
}

/** One change is looked at: every further one goes the same way. */
function changes(
  { onChange }: HumanTask,
  state: Open['state'],
  { address: task, by }: { readonly address: string; readonly by: string },
): readonly Move[] {
  if (onChange === undefined || state.changes !== undefined) return [];
  const command = { kind: 'requestChange', task, by, comment: 'once more' } as const;

  return [{ type: 'intervene', command }];
}

/** Whoever is asked and has not agreed yet. */
export function nextPerson(
  run: Run,
  { address, task, state }: Pick<Open, 'address' | 'task' | 'state'>,
): string {
  if (task.type !== 'HUMAN') return 'zoe';
  const excluded = excludedFrom(run.state, address, task);
  const named = namesAsked(askedNow(task, state, excluded));
  const given = new Set([...(state.grants ?? []).map(({ by }) => by), ...excluded.map(({ name }) => name)]);

  return (named.length === 0 ? people : named).find((name) => !given.has(name)) ?? 'zoe';
}

/**
 * The failures between which the definition tells a difference: one that another attempt may overcome, one that none
 * can, and one for each error code that it names.
 */
function failuresOf({ retry, catch: clauses }: Task, asked: readonly string[]): readonly ErrorData[] {
  const ruled = retry.rules?.flatMap(({ codes }) => codes) ?? [];
  const named = [...retry.nonRetryable, ...ruled, ...clauses.flatMap(({ errors }) => errors), ...asked];
  const codes = new Set(named.filter((code) => code !== '*'));

  return [
    passing,
    ...(attemptsMax(retry) > 1 ? [lasting] : []),
    ...[...codes].map((code) => ({ code, message: `the attempt failed with ${code}`, retryable: true })),
  ];
}

/** A task that cannot go on by itself. */
export type Open = {
  readonly address: string;
  readonly task: Task;
  readonly state: TaskState;
  /** Somebody owes it an answer; else only time brings it on. */
  readonly isOwed: boolean;
  /** What time will do about it, the first of it: its own timers, and those of what it is inside of. */
  readonly timer: Timer | undefined;
};

/** How what nobody will answer is named in `Scene.silent`. */
export function silenceKey(address: string, attempt: number): string {
  return `${address}#${attempt}`;
}

/** The tasks that wait for the world or for time, in the order of the definition, passes by their index. */
export function openOnes(scene: Scene): readonly Open[] {
  const { run } = scene;
  if (isFinal(run.state.status) || run.state.status === 'PAUSED') return [];
  const timers = [...timersOf(run)].sort((a, b) => (a.dueAt < b.dueAt ? -1 : a.dueAt > b.dueAt ? 1 : 0));
  const tasks = run.state.phase === 'compensating' ? undoingTasks(run) : [...openTasks(run.state.tasks)];

  return tasks.flatMap(([address, state]) => {
    const open = openOne(scene, address, state, timers);
    return open === undefined ? [] : [open];
  });
}

function openOne(
  { run, silent }: Scene,
  address: string,
  state: TaskState,
  timers: readonly Timer[],
): Open | undefined {
  const task = run.chart.plan.get(localId(address))?.task;
  if (task === undefined) return undefined;
  const timer = timers.find((each) => concerns(run, each, address));
  const own = timers.some((each) => each.task === address);
  if (!asks(task, state)) {
    return state.state === 'retrying' || state.state === 'awaiting'
      ? { address, task, state, isOwed: false, timer }
      : undefined;
  }
  // After the last of its timers has gone off without ending it, an answer may come all the same.
  const isSilent = silent.has(silenceKey(address, state.attempt)) && (own || timer !== undefined);

  return { address, task, state, isOwed: !isSilent, timer };
}

function asks(task: Task, { state }: TaskState): boolean {
  switch (state) {
    case 'scheduled':
    case 'in_progress':
      return isPerformed(task);
    case 'pending_approval':
    case 'delegated':
      return true;
    case 'awaiting':
      return (
        task.type === 'WAIT' &&
        (task.signal !== undefined || (task.durationMs === undefined && task.until === undefined))
      );
    default:
      return false;
  }
}

/** Whether the timer may end the task: its own, that of a body or of a FORK that it is in, or that of the run. */
function concerns({ chart }: Run, { task: timed }: Timer, address: string): boolean {
  if (timed === undefined || timed === address) return true;
  const owners = parseAddress(address)?.owners ?? [];
  const around = owners.map(({ id }, depth) => owners.slice(0, depth).reduce(bodyPrefix, '') + id);
  if (around.includes(timed)) return true;
  let fork = chart.plan.get(localId(address))?.branch?.of;
  while (fork !== undefined && fork !== timed) fork = chart.plan.get(fork)?.branch?.of;

  return fork !== undefined;
}
