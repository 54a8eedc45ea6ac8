import type { Json } from '../../../events/canonical-json.ts';
import { SignalReceived } from '../../../events/run-events.ts';
import { SignalTaken, TaskFailed, WaitArmed } from '../../../events/task-events.ts';
import { localId, openTasks, taskAt } from '../../chart/task-at.ts';
import { writtenTime } from '../../due-time.ts';
import type { Verdict } from '../../expressions/condition.ts';
import type { WaitTask } from '../../task.ts';
import { withNames } from '../../task-names.ts';
import { unclaimed } from '../record/claim-check.ts';
import { failure, render } from '../render.ts';
import { type Run, undoingTasks } from '../run.ts';
import { scopeOf } from '../scope.ts';
import type { Command, Refusal } from './command.ts';
import { accept, type Decision, refuse } from './decision.ts';

type Signal = { readonly name: string; readonly data: Json };

/** The most signals that a run keeps for tasks that have not asked for them yet. */
const signalsMax = 1_000;

/**
 * Every task that waits for the signal goes on with it; when none does, it is kept for one that will, unless it is only
 * meant for those that wait now.
 */
export function signalRun(
  run: Run,
  { name, data, id, ifAwaited = false }: Extract<Command, { kind: 'signal' }>,
): Decision {
  const { signals = [], signalIds = [], phase } = run.state;
  if (phase === 'cancelling' || phase === 'notifying') {
    return refuse('run.leaving', `the run is ${phase}: nothing in it waits for a signal any more`);
  }
  if (id !== undefined && signalIds.includes(id)) {
    return refuse('signal.repeated', `the signal ${id} has been received already`);
  }
  const { tasks, fault } = tasksMeant(run, { name, data });
  // An event goes to whom it fits: another WAIT that cannot compare it is not meant.
  if (fault !== undefined && (tasks.length === 0 || !ifAwaited)) return { ok: false, refusal: fault };
  if (tasks.length === 0 && ifAwaited) {
    return refuse('signal.not-awaited', `no task waits for the signal ${name} with such data now`);
  }
  if (tasks.length === 0 && signals.length >= signalsMax) {
    return refuse('signal.too-many', `${signalsMax} signals are kept already that no task has asked for`);
  }

  return accept(SignalReceived.of({ name, data, tasks, ...(id === undefined ? {} : { id }) }));
}

/** The tasks that wait for the signal now, and why that could not be told of the first that cannot compare it. */
function tasksMeant(
  run: Run,
  signal: Signal,
): { readonly tasks: string[]; readonly fault: Refusal | undefined } {
  const tasks: string[] = [];
  let fault: Refusal | undefined;
  const { phase, tasks: all } = run.state;
  for (const [address, { state }] of phase === 'compensating' ? undoingTasks(run) : openTasks(all)) {
    if (state !== 'awaiting') continue;
    const matches = isMeant(run, address, signal);
    if (matches?.ok === false) fault ??= { code: matches.error.code, message: matches.error.message };
    else if (matches?.result === true) tasks.push(address);
  }

  return { tasks, fault };
}

/** Finds out what a WAIT waits for: a time, a signal that came before, or one that is still to come. */
export function armWait(run: Run, task: string, { until, signal }: WaitTask, attempt: number): Decision {
  if (signal !== undefined) {
    const kept = run.state.signals ?? [];
    for (const [position, each] of kept.entries()) {
      const matches = isMeant(run, task, each);
      // One that cannot be compared is not the one: whoever sent it must not end the run by it.
      if (matches?.ok !== true || !matches.result) continue;
      return accept(SignalTaken.of({ task, attempt, name: each.name, position, data: each.data }));
    }
  }

  return until === undefined ? accept(WaitArmed.of({ task, attempt })) : armUntil(run, task, attempt);
}

function armUntil(run: Run, task: string, attempt: number): Decision {
  const template = run.chart.templates.get(localId(task))?.until;
  if (template === undefined) return refuse('task.nothing-to-evaluate', `${task} waits for no time`);
  const rendered = render(run, template, { address: task });
  if (!rendered.ok) return accept(failure(task, attempt, rendered.error));
  const due = typeof rendered.value === 'string' ? writtenTime(rendered.value) : undefined;
  if (due !== undefined) return accept(WaitArmed.of({ task, attempt, until: due }));
  const given = JSON.stringify(rendered.value);
  const message = `${task} waits until ${given}, which is no time with its zone, such as 2026-01-31T09:00:00Z`;

  return accept(
    TaskFailed.of({ task, attempt, error: { code: 'wait.bad-time', message, retryable: false } }),
  );
}

/** Whether a WAIT is about the signal; undefined where it waits for another one, or for none. */
function isMeant(run: Run, address: string, { name, data }: Signal): Verdict | undefined {
  const task = run.chart.plan.get(localId(address))?.task;
  if (task?.type !== 'WAIT') return undefined;
  const { signal: awaited } = withNames(task, taskAt(run.state, address)?.names);
  if (awaited !== name) return undefined;
  const match = run.chart.templates.get(task.id)?.match;
  if (match === undefined) return { ok: true, result: true, values: {} };
  const signal = { name, data: unclaimed(run, data) };

  return match.evaluate({ ...scopeOf(run, match.references, address), signal, event: signal });
}
