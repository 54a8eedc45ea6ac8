import type { DefinitionRef } from '../../../events/run-events.ts';
import type { TimerKind } from '../../../events/timer-events.ts';
import { type ApproverQuery, askedNow, excludedFrom } from '../../agents/authority.ts';
import type { TaskPlace } from '../../chart/plan.ts';
import type { RunState, TaskState } from '../../chart/run/run-state.ts';
import { begunTasksIn, localId, taskAt } from '../../chart/task-at.ts';
import { isFinal } from '../../chart/task-status.ts';
import { defined } from '../../language/defined.ts';
import type { HumanTask } from '../../task.ts';
import { isPartOfRun, type Run, undoingTasks } from '../run.ts';
import type { Timer } from '../timers.ts';

/** A HUMAN task of a run, and whom it asks now. `dueAt`: when its time-out decides, unless somebody does before. */
export type AskedApproval = {
  readonly run: string;
  readonly definition: DefinitionRef;
  readonly address: string;
  readonly task: HumanTask;
  readonly state: TaskState;
  readonly asked: ApproverQuery;
  readonly dueAt?: string;
  /** When the next stage of its escalation begins. */
  readonly escalatesAt?: string;
};

/** The approvals that a run waits for now, with their addresses. */
export function* waitingApprovals(run: Run): Iterable<readonly [string, TaskState]> {
  const { state } = run;
  if (!run.chart.asksPeople || isFinal(state.status)) return;
  for (const each of state.phase === 'compensating' ? undoingTasks(run) : begunTasksIn(state.tasks)) {
    const [address, task] = each;
    if (task.state === 'pending_approval' && isPartOfRun(run, address)) yield each;
  }
}

type Seen = {
  readonly state: RunState;
  readonly plan: ReadonlyMap<string, TaskPlace>;
  readonly timers: readonly Timer[];
};

/** The approval at an address, whether or not it is still asked for; undefined where there is none. */
export function approvalAt({ state: run, plan, timers }: Seen, address: string): AskedApproval | undefined {
  const task = plan.get(localId(address))?.task;
  const state = taskAt(run, address);
  if (task?.type !== 'HUMAN' || state === undefined) return undefined;
  const dueAt = (timer: TimerKind) =>
    timers.find((each) => each.timer === timer && each.task === address)?.dueAt;

  return {
    run: run.run,
    definition: run.definition,
    address,
    task,
    state,
    asked: askedNow(task, state, excludedFrom(run, address, task)),
    ...defined({ dueAt: dueAt('approval.timeout'), escalatesAt: dueAt('approval.escalation') }),
  };
}
