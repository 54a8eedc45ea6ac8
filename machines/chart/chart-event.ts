import type { Fact } from '../../events/catalogue.ts';
import type { ErrorData } from '../../events/run-events.ts';
import type { TaskState } from './run/run-state.ts';
import { localId } from './task-at.ts';

/** A fact as the chart takes it, with the time it happened (ISO 8601, UTC) and who caused it. */
export type ChartEvent = {
  readonly type: string;
  readonly fact: Fact;
  readonly time: string;
  readonly actor: string;
  /** The pass through a body that ended within this event, for the task that the body belongs to. */
  readonly pass?: EndedPass;
  /** Why a part of the task failed within this event, for the task that it is a part of. */
  readonly cause?: ErrorData;
};

/** A pass through the body of a FORK or a loop whose tasks are settled, or one of which took it down. */
export type EndedPass = {
  readonly index: number;
  readonly tasks: Readonly<Record<string, TaskState>>;
  readonly error?: ErrorData;
};

const unknownError = { code: 'task.failed', message: 'a task of the pass failed', retryable: false };

/** What the owner of a body is told of a pass that ended. `sunk`: the task that took it down, where one did. */
export function endOfPass(
  index: number,
  tasks: EndedPass['tasks'],
  sunk: string | undefined,
): Pick<ChartEvent, 'pass' | 'cause'> {
  if (sunk === undefined) return { pass: { index, tasks } };
  const cause = tasks[sunk]?.error ?? unknownError;

  return { pass: { index, tasks, error: cause }, cause };
}

/**
 * What the regions tell each other within one event, about the task named behind the word. `opened`: the branches of a
 * FORK may begin; `cancel`: they are given up; `exhausted`: a person has to look; `ended`: a TERMINATE was reached;
 * `chosen`: what began with the first of several did.
 */
export type Announcement =
  | 'settled'
  | 'chosen'
  | 'recover'
  | 'sunk'
  | 'opened'
  | 'cancel'
  | 'exhausted'
  | 'ended';

/** The descriptor a fact has in the chart: facts about a task end in its id, so that only its region looks at them. */
export function descriptorOf(fact: Fact): string {
  if (fact.type === 'timer.fired') {
    const { timer, task } = fact.data;
    return task === undefined ? `timer.fired.${timer}` : `timer.fired.${timer}.${localId(task)}`;
  }

  return 'task' in fact.data ? `${fact.type}.${localId(fact.data.task)}` : fact.type;
}
