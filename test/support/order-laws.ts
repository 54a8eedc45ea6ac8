// What holds for the order in which the tasks of a run begin, and in which what they did is undone.

import type { Chart } from '../../machines/chart/chart.ts';
import type { TaskPlace } from '../../machines/chart/plan.ts';
import type { RunState, TaskState } from '../../machines/chart/run/run-state.ts';
import { localId, taskAt } from '../../machines/chart/task-at.ts';
import { isCompleted, isSettled, statusOf } from '../../machines/chart/task-status.ts';
import { broken, type Law, taskTransitions } from './core-laws.ts';

const ended: ReadonlySet<string> = new Set(['waiting', 'standby', 'skipped', 'cancelled']);

/** No task begins before what it waits for is settled, and none that nobody chose. */
export function tasksWaitTheirTurn(chart: Chart): Law {
  return {
    see: ({ sealed, command }) => {
      const byHand = command.kind === 'resolveTask' ? command.task : undefined;
      const begun = taskTransitions(sealed).filter(({ from, to }) => hasNotBegun(from) && !ended.has(to));
      for (const { task, to } of begun) {
        const fault = task === byHand ? undefined : faultOf(chart, sealed.run.state, task);
        if (fault !== undefined) broken('a task began too early', `${task} -> ${to}: ${fault}`);
      }
    },
    over: () => undefined,
  };
}

function faultOf(chart: Chart, state: RunState, task: string): string | undefined {
  const place = chart.plan.get(localId(task));
  if (place === undefined || taskAt(state, task) === undefined) return undefined;
  const beside = besideOf(state, task);

  return waits(place, beside) ?? unchosen(place, beside);
}

/** What settled, and goes on, has to be allowed to begin as well. */
function hasNotBegun(state: string): boolean {
  return state !== 'standby' && (state === 'waiting' || isSettled({ state, attempt: 0 }));
}

type Beside = (id: string) => TaskState;

function besideOf(state: RunState, address: string): Beside {
  const prefix = address.slice(0, address.length - localId(address).length);

  return (id) => taskAt(state, prefix + id) ?? { state: 'waiting', attempt: 0 };
}

function waits({ task, branch }: TaskPlace, beside: Beside): string | undefined {
  const fork = branch === undefined ? undefined : beside(branch.of);
  if (fork?.state === 'waiting') return `the FORK ${branch?.of} has not begun`;
  const open = task.dependsOn.filter((id) => !isSettled(beside(id)));
  const completed = task.dependsOn.filter((id) => isCompleted(beside(id)));
  if (task.join === 'all' || task.join === 'all_done') {
    return open.length === 0 ? undefined : `${open.join(', ')} is not settled`;
  }
  const needed = task.join === 'any' ? 1 : task.join;

  return task.dependsOn.length === 0 || completed.length >= needed
    ? undefined
    : `${completed.length} of ${needed} completed`;
}

function unchosen({ task: { id }, routers }: TaskPlace, beside: Beside): string | undefined {
  const chosen = routers.some((router) => {
    const { state, decision, caught } = beside(router.id);
    if (router.kind === 'decision') return decision?.next.includes(id) === true;
    if (router.kind === 'catch') return caught?.includes(id) === true;
    return ['recovering', 'completed_with_errors', 'failed'].includes(state);
  });

  return routers.length === 0 || chosen ? undefined : 'nobody chose it';
}

/**
 * What was done is undone once, the last first; all of it, unless the run was terminated meanwhile. A task that was
 * done twice counts from the second time.
 */
export function undoingIsTheReverse(chart: Chart): Law {
  /** At which event each task that can be undone was done. What one event did has no order. */
  let done: ReadonlyMap<string, number> = new Map();
  let undone: readonly string[] = [];
  const givenUp = new Set<string>();
  let events = 0;
  const undoes = (task: string) => chart.plan.get(localId(task))?.task.compensate !== undefined;

  return {
    see: ({ before, command, sealed }) => {
      events += 1;
      const goesOn = command.kind === 'rerun' || command.kind === 'retryRun';
      if (goesOn) {
        // Begun before the run went on, and given up by a person: whether it is asked for again is not laid down.
        for (const each of undone) givenUp.add(each);
        undone = [];
      }
      const again = doneAgain(before.state, sealed.run.state, [...done.keys()]);
      const transitions = taskTransitions(sealed);
      const completed = transitions.filter(({ task, to }) => undoes(task) && statusOf(to) === 'COMPLETED');
      const fresh = [...again, ...completed.map(({ task }) => task)];
      const begun = transitions.filter(({ from, to }) => from === 'standby' && !ended.has(to));
      done = new Map([...done, ...fresh.map((task) => [task, events] as const)]);
      undone = [...undone, ...begun.map(({ task }) => task)];
    },
    over: ({ run }) => {
      const when = new Map([...done].map(([task, event]) => [undoerOf(chart, task), event]));
      const order = undone.map((each) => when.get(each) ?? Number.POSITIVE_INFINITY);
      const isReverse = order.every((event, index) => event <= (order[index - 1] ?? events));
      const isOnce = new Set(undone).size === undone.length;
      const missing = [...when.keys()].filter((each) => !undone.includes(each) && !givenUp.has(each));
      const isWhole = run.state.undoing?.left.length !== 0 || missing.length === 0;
      if (!isReverse || !isOnce || !isWhole) {
        broken('what was done is not undone once and in reverse', { done: [...done], undone });
      }
    },
  };
}

/** What takes no time is done again within one event: it was done before it, and is after it. */
function doneAgain(before: RunState, after: RunState, done: readonly string[]): readonly string[] {
  return done.filter((address) => {
    const [was, is] = [taskAt(before, address), taskAt(after, address)];
    const both = was !== undefined && is !== undefined && isCompleted(was) && isCompleted(is);
    return both && was.endedAt !== is.endedAt;
  });
}

function undoerOf(chart: Chart, address: string): string {
  const id = localId(address);

  return address.slice(0, address.length - id.length) + (chart.plan.get(id)?.task.compensate ?? '');
}
