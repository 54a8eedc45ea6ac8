import type { Fact } from '../../../events/catalogue.ts';
import type { JournalRecord, Transition } from '../../../events/record.ts';
import { askedNow, excludedFrom, namesAsked } from '../../agents/authority.ts';
import type { Chart } from '../../chart/chart.ts';
import type { TaskState } from '../../chart/run/run-state.ts';
import { localId, openTasks } from '../../chart/task-at.ts';
import { isFinal } from '../../chart/task-status.ts';
import { evolve } from '../../run/record/evolve.ts';
import { eventOf } from '../../run/record/fold.ts';
import { newRun, type Run } from '../../run/run.ts';
import { timersOf } from '../../run/timers.ts';
import type { HumanTask, Task, WaitTask } from '../../task.ts';
import { isAlike } from './differences.ts';

/** What a run that goes on waits for otherwise, in words. */
export function otherWait(both: Both): string | undefined {
  if (isFinal(both.now.state.status)) return undefined;
  for (const [address, state] of openTasks(both.now.state.tasks)) {
    const [before, after] = taskOfBoth(both, address) ?? [];
    const how =
      (before?.type === 'WAIT' && after?.type === 'WAIT' && state.state === 'awaiting'
        ? otherSignal(before, after)
        : undefined) ??
      (before?.type === 'HUMAN' && after?.type === 'HUMAN' && state.state === 'pending_approval'
        ? otherQuestion(both, { before, after, address, state })
        : undefined);
    if (how !== undefined) return `${address} ${how}`;
  }

  return otherTimer(both);
}

function otherSignal(before: WaitTask, after: WaitTask): string | undefined {
  if (before.signal !== after.signal)
    return `waits for ${signalWords(after)} instead of ${signalWords(before)}`;

  return before.match === after.match ? undefined : `waits for another signal ${after.signal}: match differs`;
}

function signalWords({ signal }: WaitTask): string {
  return signal === undefined ? 'no signal' : `the signal ${signal}`;
}

type Questions = {
  readonly before: HumanTask;
  readonly after: HumanTask;
  readonly address: string;
  readonly state: TaskState;
};

function otherQuestion(both: Both, { before, after, address, state }: Questions): string | undefined {
  const [was, is] = [
    askedNow(before, state, excludedFrom(both.was.state, address, before)),
    askedNow(after, state, excludedFrom(both.now.state, address, after)),
  ];
  const [then, now] = [was, is].map((asked) => namesAsked(asked).join(', ') || 'anybody');
  if (then !== now) return `asks ${now} instead of ${then}`;
  if (!isAlike(was, is)) return 'asks people of another level';
  if (before.quorum !== after.quorum) return `asks for ${after.quorum} approvals instead of ${before.quorum}`;

  return isAlike(before.form, after.form) ? undefined : 'asks with another form';
}

function otherTimer({ was, now }: Both): string | undefined {
  const [before, after] = [timesOf(was), timesOf(now)];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [then, is] = [before.get(name), after.get(name)];
    if (then === is) continue;
    return `${name} is due ${is === undefined ? 'at no time' : `at ${is}`} instead of ${then === undefined ? 'at no time' : `at ${then}`}`;
  }

  return undefined;
}

/** While a run is paused its timers keep their times: they count from then on. */
function timesOf(run: Run): ReadonlyMap<string, string> {
  const { state } = run;
  const running = state.phase === 'paused' ? { ...run, state: { ...state, phase: 'running' } } : run;

  return new Map(
    timersOf(running).map(({ timer, task, attempt, dueAt }) => [
      `the ${timer}${task === undefined ? '' : ` of ${task}`}${(attempt ?? 1) > 1 ? ` (attempt ${attempt})` : ''}`,
      dueAt,
    ]),
  );
}

/** The definitions that a run was recorded by, by their hashes. */
export type Charts = ReadonlyMap<string, Chart>;

/** A run as it was recorded, and as it is by another definition, at the same event. */
export type Both = { readonly was: Run; readonly now: Run };

/** One event of a run by the definition that it was recorded by. */
export type Recorded = {
  readonly before: Run;
  readonly run: Run;
  readonly fact: Fact;
  /** All of them: a record lists no more than so many. */
  readonly transitions: readonly Transition[];
};

/** Takes one record by the definition it was recorded by; undefined where that is not at hand. */
export function recorded(
  { was, aside }: { readonly was: Run | undefined; readonly aside: Run['aside'] },
  record: JournalRecord,
  charts: Charts,
): Recorded | undefined {
  const chart = charts.get(record.data.head.definition.hash);
  if (chart === undefined) return undefined;
  const before = was === undefined ? newRun(chart, aside) : { ...was, chart };
  const event = eventOf(record);
  const { run, transitions } = evolve(before, event);

  return { before, run: { ...run, sequence: record.sequence }, fact: event.fact, transitions };
}

/** A task in both definitions; undefined where one of them does not have it. */
export function taskOfBoth({ was, now }: Both, address: string): readonly [Task, Task] | undefined {
  const [before, after] = [was, now].map(({ chart }) => chart.plan.get(localId(address))?.task);

  return before === undefined || after === undefined ? undefined : [before, after];
}
