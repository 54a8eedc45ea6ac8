import {
  DeadLetterDropped,
  RunAdmitted,
  RunCancelled,
  RunMigrated,
  RunPaused,
  RunResumed,
  RunTerminated,
} from '../../../events/run-events.ts';
import { TaskResolved, TaskSkipped } from '../../../events/task-events.ts';
import type { RunState, TaskState } from '../../chart/run/run-state.ts';
import { parseAddress, taskAt } from '../../chart/task-at.ts';
import { isLeaving, isSettled, statusOf } from '../../chart/task-status.ts';
import { completedByHand } from '../../chart/tasks/output-mapping.ts';
import type { TaskType } from '../../task.ts';
import { reasonOf, type Why } from '../reason-of.ts';
import { isPartOfRun, type Run } from '../run.ts';
import type { Command } from './command.ts';
import { misfitOfOutput } from './decide-attempt.ts';
import { accept, type Decision, refuse, unknownTask } from './decision.ts';

type CommandOf<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

export function pauseRun({ state }: Run, command: Why): Decision {
  if (state.status === 'PAUSED') return refuse('run.already-paused', 'the run is paused already');
  if (isLeaving(state)) return onItsWayOut(state);
  if (state.phase === 'queued')
    return refuse('run.queued', 'the run waits for a place and has nothing under way to pause');
  if (state.phase !== 'running')
    return refuse('run.concluding', `the run is ${state.phase}: there is nothing to pause`);

  return accept(RunPaused.of(reasonOf(command)));
}

export function resumeRun({ state }: Run, command: Why): Decision {
  return state.status === 'PAUSED'
    ? accept(RunResumed.of(reasonOf(command)))
    : refuse('run.not-paused', 'the run is not paused');
}

export function terminateRun(_run: Run, command: Why): Decision {
  return accept(RunTerminated.of(reasonOf(command)));
}

export function cancelRun({ state }: Run, command: Why): Decision {
  return isLeaving(state) ? onItsWayOut(state) : accept(RunCancelled.of(reasonOf(command)));
}

export function admitRun({ state }: Run, { key }: CommandOf<'admitRun'>): Decision {
  return state.phase === 'queued'
    ? accept(RunAdmitted.of({ key }))
    : refuse('run.not-queued', `the run is ${state.phase}: it waits for no place`);
}

/** A run that is one too many, where the newest gives way, is cancelled before it has begun. */
export function crowdOut({ state }: Run, { key, limit }: CommandOf<'crowdOut'>): Decision {
  return state.phase === 'queued'
    ? accept(RunCancelled.of({ reason: `concurrency key ${key}: ${limit} of ${limit} are running` }))
    : refuse('run.not-queued', `the run is ${state.phase}: it waits for no place`);
}

export function dropDeadLetter({ state }: Run, command: Why): Decision {
  if (state.status !== 'FAILED' && state.status !== 'TIMED_OUT') {
    return refuse('run.not-failed', `the run is ${state.status}: it left no dead letter`);
  }

  return state.droppedAt === undefined
    ? accept(DeadLetterDropped.of(reasonOf(command)))
    : refuse('dead-letter.dropped', `the dead letter was dropped at ${state.droppedAt}`);
}

/** Has a run that is under way go on by another version of its definition. */
export function migrateRun(
  run: Run,
  { chart, at, state: given }: Extract<Command, { kind: 'migrateRun' }>,
): Decision {
  const { phase } = run.state;
  const from = run.chart.ref;
  if (chart.ref.id !== from.id)
    return refuse('migrate.other-definition', `the run is one of ${from.id}, not of ${chart.ref.id}`);
  if (chart.ref.hash === from.hash)
    return refuse('migrate.same-version', `the run is on version ${from.version} already`);
  if (chart.ref.version < from.version)
    return refuse(
      'migrate.lower-version',
      `the run is on version ${from.version}: it does not go back to version ${chart.ref.version}`,
    );
  if (phase !== 'running' && phase !== 'paused')
    return refuse(
      'migrate.not-under-way',
      `the run is ${phase}: only one that is running or paused is migrated`,
    );
  const state = given as unknown as RunState;
  if (run.sequence !== at || state.phase !== phase)
    return refuse('migrate.moved-on', `the run moved on after event ${at}: ask again`);

  return accept(RunMigrated.of({ definition: chart.ref, from, state: { ...state } }));
}

export function skipTask(run: Run, { task, reason }: CommandOf<'skipTask'>): Decision {
  return openTask(run, task) ?? accept(TaskSkipped.of({ task, ...reasonOf({ reason }) }));
}

/** Types whose end says more than an output, each with what to do instead. */
const notByHand: Partial<Record<TaskType, string>> = {
  HUMAN: 'approve or reject it',
  DECISION: 'skip it, or edit what it decides by and rerun from it',
  TERMINATE: 'terminate the run, or skip it',
};

export function resolveTask(run: Run, { task, output, reason }: CommandOf<'resolveTask'>): Decision {
  const refusal = openTask(run, task);
  if (refusal !== undefined) return refusal;
  const type = run.chart.plan.get(parseAddress(task)?.id ?? '')?.task.type ?? 'SIMPLE';
  const instead = notByHand[type];
  if (instead !== undefined)
    return refuse(
      'task.not-by-hand',
      `${task} is a ${type} task and cannot be completed by hand: ${instead}`,
    );

  const misfit = misfitOfOutput(run, task, type === 'WAIT' ? completedByHand(output) : output);
  if (misfit !== undefined) return refuse(misfit.code, misfit.message);

  return accept(TaskResolved.of({ task, output, ...reasonOf({ reason }) }));
}

/** Why a person cannot settle the task; undefined when it is open. */
function openTask(run: Run, text: string): Decision | undefined {
  const { phase } = run.state;
  const task = taskAt(run.state, text);
  if (task === undefined) return unknownTask(text);
  if (phase === 'queued') return refuse('run.queued', 'the run waits for a place: no task has begun');
  if (isLeaving(run.state) && phase !== 'compensating') return onItsWayOut(run.state);
  if (!isSettled(task) && isPartOfRun(run, text)) return undefined;

  return refuse('task.not-open', `${text} is ${statusOf(task.state)} already${hint(task)}`);
}

function hint({ state }: TaskState): string {
  return state === 'failed' || state === 'timed_out' ? ': retry the run, or rerun from the task' : '';
}

function onItsWayOut({ phase, ending }: RunState): Decision {
  const end = ending?.phase ?? 'its end';

  return refuse('run.leaving', `the run is ${phase}, on its way to ${end}; only \`terminate\` can hurry it`);
}
