import {
  DeadLetterDropped,
  RunAdmitted,
  RunCancelled,
  RunPaused,
  RunResumed,
  RunTerminated,
} from '../../../events/run-events.ts';
import { isLeaving, onItsWayOut } from '../on-its-way-out.ts';
import { reasonOf, type Why } from '../reason-of.ts';
import type { Run } from '../run.ts';
import type { Command } from './command.ts';
import { accept, type Decision, refuse } from './decision.ts';

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

export function dropDeadLetter({ state }: Run, command: Why): Decision {
  if (state.status !== 'FAILED' && state.status !== 'TIMED_OUT') {
    return refuse('run.not-failed', `the run is ${state.status}: it left no dead letter`);
  }

  return state.droppedAt === undefined
    ? accept(DeadLetterDropped.of(reasonOf(command)))
    : refuse('dead-letter.dropped', `the dead letter was dropped at ${state.droppedAt}`);
}
