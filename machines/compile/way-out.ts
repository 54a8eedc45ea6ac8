import type { Definition } from '../definition.ts';
import type { ConfigPart } from './config.ts';
import { cancelOpen, doneWith, hasOrphans, leavesAt, undoesAnything } from './leaving.ts';
import { changeRun, enterPhase, type RootArgs, replaceRun } from './root-parts.ts';
import { goneOn, notified, orphanEnded, reasonGiven, signalKept } from './root-patches.ts';
import type { RunState } from './run-state.ts';

const ends = ['completed', 'failed', 'timed_out', 'terminated', 'compensation_failed'];

/** The way out, each stage only where there is something to do. `leaving` itself lasts for no time. */
export function leavingStates(definition: Definition): Readonly<Record<string, ConfigPart>> {
  const is =
    (test: (run: RunState) => boolean) =>
    ({ context }: RootArgs) =>
      test(context.run);

  return {
    leaving: {
      entry: changeRun(cancelOpen),
      always: [
        { guard: is(hasOrphans), target: 'cancelling' },
        { guard: is(undoesAnything), target: 'compensating' },
        { guard: is((run) => notifies(run, definition)), target: 'notifying' },
        ...ends.map((phase) => ({ guard: is((run) => leavesAt(run) === phase), target: phase })),
      ],
    },
    cancelling: {
      entry: enterPhase('cancelling', 'CANCELLING'),
      on: { 'orphan.ended': { target: 'leaving', actions: changeRun(orphanEnded) }, ...hard },
    },
    compensating: {
      entry: enterPhase('compensating', 'COMPENSATING'),
      on: {
        undone: { target: 'leaving' },
        'orphan.ended': { actions: changeRun(orphanEnded) },
        // A task that undoes may wait for a signal.
        'signal.received': { actions: changeRun(signalKept) },
        ...hard,
      },
    },
    notifying: {
      // A run that was paused is not any more: it is on its way out.
      entry: changeRun(({ status }) => ({
        phase: 'notifying',
        status: status === 'PAUSED' ? 'RUNNING' : status,
      })),
      on: { 'failure-workflow.started': { target: 'leaving', actions: changeRun(notified) }, ...hard },
    },
  };
}

/** What ends a run that is on its way out already. */
const hard: ConfigPart = {
  'run.terminated': {
    target: 'leaving',
    actions: changeRun((run, event) => ({
      ending: { phase: 'terminated', compensate: false },
      ...reasonGiven(run, event),
      orphans: (run.orphans ?? []).map((orphan) => ({ ...orphan, how: 'terminate' as const })),
    })),
  },
};

/** A run that is over changes only when somebody has it go on. */
export function finalStates(definition: Definition): Readonly<Record<string, ConfigPart>> {
  // It gave its place up when it ended, so it waits for one again.
  const target = definition.concurrency === undefined ? 'running' : 'queued';
  const again = { target, actions: replaceRun(goneOn) };
  const on = {
    'run.retried': again,
    'run.rerun': again,
    'dead-letter.dropped': { actions: changeRun((_run, { time }) => ({ droppedAt: time })) },
  };
  const final = (phase: string, status: RunState['status']) => ({
    entry: changeRun((run, event) => doneWith(run, event, { phase, status, definition })),
    on,
  });

  return {
    completed: final('completed', 'COMPLETED'),
    failed: final('failed', 'FAILED'),
    timed_out: final('timed_out', 'TIMED_OUT'),
    terminated: final('terminated', 'TERMINATED'),
    compensation_failed: final('compensation_failed', 'FAILED'),
  };
}

function notifies({ ending, failureRun }: RunState, { failureWorkflow }: Definition): boolean {
  const failed = ending?.phase === 'failed' || ending?.phase === 'timed_out';

  return failed && failureWorkflow !== undefined && failureRun === undefined;
}
