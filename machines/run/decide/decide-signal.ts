import type { Json } from '../../../events/canonical-json.ts';
import { RunCancelled, SignalReceived } from '../../../events/run-events.ts';
import { SignalTaken, TaskFailed, WaitArmed } from '../../../events/task-events.ts';
import { localId, openTasks, taskAt } from '../../chart/task-at.ts';
import { isLeaving } from '../../chart/task-status.ts';
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
  const cancelled = ifAwaited ? cancelledBy(run, { name, data }) : undefined;
  if (cancelled?.result === true) {
    const reason = `the event ${name}${id === undefined ? '' : ` (${id})`} cancels it`;
    return accept(RunCancelled.of({ reason }));
  }
  const { tasks, fault = cancelled?.fault } = tasksMeant(run, { name, data });
  const refusal = unmeant({
    name,
    fault,
    ifAwaited,
    isMeant: tasks.length > 0,
    isFull: signals.length >= signalsMax,
  });

  return refusal ?? accept(SignalReceived.of({ name, data, tasks, ...(id === undefined ? {} : { id }) }));
}

/** Why the signal is neither taken nor kept; undefined where it is. */
function unmeant(of: {
  readonly name: string;
  readonly fault: Refusal | undefined;
  readonly ifAwaited: boolean;
  readonly isMeant: boolean;
  readonly isFull: boolean;
}): Decision | undefined {
  const { name, fault, ifAwaited, isMeant } = of;
  // An event goes to whom it fits: another WAIT that cannot compare it is not meant.
  if (fault !== undefined && !(isMeant && ifAwaited)) return { ok: false, refusal: fault };
  if (isMeant) return undefined;
  if (ifAwaited)
    return refuse('signal.not-awaited', `no task waits for the signal ${name} with such data now`);

  return of.isFull
    ? refuse('signal.too-many', `${signalsMax} signals are kept already that no task has asked for`)
    : undefined;
}

/** Whether `cancel_on` names the event, and why that could not be told of the first of its conditions that failed. */
function cancelledBy(
  run: Run,
  { name, data }: Signal,
): { readonly result: boolean; readonly fault: Refusal | undefined } {
  let fault: Refusal | undefined;
  for (const { event, when } of isLeaving(run.state) ? [] : run.chart.cancelOn) {
    if (event !== name) continue;
    if (when === undefined) return { result: true, fault: undefined };
    const told = { type: name, data: unclaimed(run, data) };
    const verdict = when.evaluate({ ...scopeOf(run, when.references), event: told });
    if (!verdict.ok) fault ??= { code: verdict.error.code, message: verdict.error.message };
    else if (verdict.result) return { result: true, fault: undefined };
  }

  return { result: false, fault };
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
