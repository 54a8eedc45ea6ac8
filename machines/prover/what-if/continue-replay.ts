import type { Fact } from '../../../events/catalogue.ts';
import type { TaskState } from '../../chart/run/run-state.ts';
import { localId, openTasks } from '../../chart/task-at.ts';
import { isFinal } from '../../chart/task-status.ts';
import type { Command } from '../../run/decide/command.ts';
import { type Effect, pendingEffects } from '../../run/effects.ts';
import type { Event } from '../../run/record/evolve.ts';
import { type Run, undoingTasks } from '../../run/run.ts';
import { type Timer, timersOf } from '../../run/timers.ts';
import { withNames } from '../../task-names.ts';
import { commandOf, tell, workOn, writer, written } from './command-of.ts';

export type Onward = { readonly run: Run; readonly missing?: Missing | undefined };

/** A definition may go on for ever where the recorded run did not. */
const eventsMax = 100_000;

/**
 * Goes on from where a run went another way, with what was recorded from outside: results by task and attempt, answers,
 * signals, and what people did, each as soon as it means something. `open`: see `missing`; absent for a run that ended.
 */
export function goOn(
  from: Run,
  recorded: readonly Event[],
  open: ReadonlyMap<string, string> | undefined,
): Onward {
  let run = from;
  let left = recorded.filter(({ fact }) => isOutside(fact));
  const lastTime = recorded.at(-1)?.time ?? '';

  while (run.sequence - from.sequence < eventsMax) {
    run = settled(run, left[0]?.time ?? lastTime);
    const before = run.sequence;
    left = left.filter((event) => isEnding(event.fact) || !takes(event));
    if (run.sequence > before) continue;
    const horizon =
      left.find(({ fact }) => isEnding(fact))?.time ?? (open === undefined ? undefined : lastTime);
    if (passes(horizon)) continue;
    const wanted = missing(run, open ?? new Map());
    if (wanted !== undefined) return { run, missing: wanted };
    const ending = left.findIndex((event) => isEnding(event.fact) && takes(event));
    if (ending < 0) return { run };
    left = left.filter((_event, index) => index !== ending);
  }

  return { run };

  function takes({ fact, time, actor, request }: Event): boolean {
    const command = commandOf(run, fact);
    if (command === undefined || (command.kind === 'fireTimer' && command.timer.dueAt > time)) return false;
    const told = tell(run, command, { time, actor, request, told: fact });
    if (told.ok) run = settled(told.run, time);

    return told.ok;
  }

  /** What needs nobody but time, or the engine's own hand. */
  function passes(horizon: string | undefined): boolean {
    const own = pendingEffects(run).flatMap((effect) => ownWriting(run, effect) ?? [])[0];
    const timer = ownTimer(run, horizon);
    const command: Command | undefined =
      own ?? (timer === undefined ? undefined : { kind: 'fireTimer', timer });
    if (command === undefined) return false;
    const told = tell(run, command, { time: timer?.dueAt ?? horizon ?? lastTime, actor: 'engine' });
    if (told.ok) run = told.run;

    return told.ok;
  }
}

/** Carries out all that expressions decide, and what an engine does without anybody's word. */
function settled(from: Run, time: string): Run {
  let run = from;
  while (run.sequence - from.sequence < eventsMax) {
    const [command] = pendingEffects(run).flatMap((effect) => ownCommand(effect) ?? []);
    const told = command === undefined ? undefined : tell(run, command, { time, actor: 'engine' });
    if (told?.ok !== true) return run;
    run = told.run;
  }

  return run;
}

function ownCommand(effect: Effect): Command | undefined {
  switch (effect.kind) {
    case 'evaluate':
    case 'conclude':
      return effect;
    case 'admit':
      return { kind: 'admitRun', key: effect.key };
    case 'abandon': {
      const { how: _how, ...orphan } = effect.orphan;
      return { kind: 'endChild', ...orphan, status: 'TERMINATED' };
    }
    case 'startFailureWorkflow':
      return { kind: 'noteFailureWorkflow' };
    default:
      return undefined;
  }
}

const carriedOut: ReadonlySet<string> = new Set(['SIMPLE', 'HTTP', 'EVENT']);

function ownWriting(run: Run, effect: Effect): Command | undefined {
  if (effect.kind !== 'execute') return undefined;
  const type = run.chart.plan.get(localId(effect.task))?.task.type ?? 'SIMPLE';
  if (carriedOut.has(type)) return undefined;
  const { task, attempt } = effect;

  return written(run, { task, attempt, ...writer });
}

/** Retries and waits end by themselves; that nobody answered in time is for the journal to say. */
function ownTimer(run: Run, horizon: string | undefined): Timer | undefined {
  return timersOf(run)
    .filter(({ timer }) => timer === 'task.retry' || timer === 'wait.elapsed')
    .filter(({ dueAt }) => horizon === undefined || dueAt <= horizon)
    .sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1))[0];
}

const inside: ReadonlySet<Fact['type']> = new Set([
  'run.started',
  'run.forked',
  'run.admitted',
  'run.completed',
  'run.failed',
  'failure-workflow.started',
  'condition.evaluated',
  'names.evaluated',
  'decision.made',
  'items.listed',
  'loop.evaluated',
  'wait.armed',
  'signal.taken',
  'variables.set',
  'termination.reached',
]);

/** Whether a fact tells something that the definition does not say. */
function isOutside({ type, data }: Fact): boolean {
  if (type === 'task.completed' || type === 'task.failed') return data.worker !== undefined;

  return !inside.has(type);
}

/** What ends the run whatever it is doing, and comes after all that happened before. */
function isEnding({ type, data }: Fact): boolean {
  return (
    type === 'run.terminated' ||
    type === 'run.cancelled' ||
    (type === 'timer.fired' && data.timer === 'run.timeout')
  );
}

/** What a run waits for from outside and was never recorded. */
type Missing = { readonly task: string; readonly what: string };

/**
 * The first thing that the run waits for from outside. `open` are the states of the tasks at the end of a run that goes
 * on: what it waits for as well may still come.
 */
function missing(run: Run, open: ReadonlyMap<string, string>): Missing | undefined {
  const { status, phase, tasks } = run.state;
  if (isFinal(status) || status === 'PAUSED') return undefined;
  for (const [task, state] of phase === 'compensating' ? undoingTasks(run) : openTasks(tasks)) {
    const what = open.get(task) === state.state ? undefined : awaited(run, task, state);
    if (what !== undefined) return { task, what };
  }

  return undefined;
}

function awaited(run: Run, address: string, { state, attempt, names }: TaskState): string | undefined {
  if (state === 'pending_approval') return `an answer to ${address}`;
  const task = run.chart.plan.get(localId(address))?.task;
  if (state === 'awaiting' && task?.type === 'WAIT') {
    const { signal } = withNames(task, names);
    if (signal !== undefined) return `the signal ${signal} for ${address}`;
    return task.until === undefined && task.durationMs === undefined ? `the end of ${address}` : undefined;
  }
  switch (workOn(run, address)?.kind) {
    case 'execute':
      return `${attempt > 1 ? `the outcome of attempt ${attempt}` : 'an outcome'} of ${address}`;
    case 'delegate':
    case 'follow':
      return `the end of a run for ${address}`;
    default:
      return undefined;
  }
}
