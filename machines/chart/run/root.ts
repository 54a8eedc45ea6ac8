import type { Definition } from '../../definition.ts';
import type { ChartEvent } from '../chart-event.ts';
import type { ConfigPart } from '../patches.ts';
import type { TaskPlace } from '../plan.ts';
import { allSettled } from '../task-status.ts';
import {
  blamed,
  changeRun,
  enterPhase,
  forked,
  goneOn,
  migrated,
  notified,
  orphanEnded,
  outputGiven,
  type RootArgs,
  type RootPatch,
  reasonGiven,
  replaceRun,
  resumed,
  signalKept,
  started,
  timedOut,
} from './root-patches.ts';
import { cancelOpen, doneWith, hasOrphans, leave, leavesAt, undoesAnything } from './run-exit.ts';
import type { Ending, RunState } from './run-state.ts';

const ends = ['completed', 'failed', 'timed_out', 'terminated', 'compensation_failed'];

/** Ends a run that is on its way out already. */
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

/**
 * The chart around the regions of the tasks: `created -> (queued ->) running <-> paused -> completed | failed |
 * timed_out | terminated`, with `concluding` between where the output of the run is made of expressions. On the way
 * out come, where there is something to do, `cancelling` (runs that this one started end first), `compensating` and
 * `notifying` (the failure workflow is started). `sunk`, `ended`, `exhausted` and `all.settled` are what the regions
 * tell it, `undone` and `orphan.ended` what else happened (see transition.ts).
 */
export function rootConfig(definition: Definition, plan: ReadonlyMap<string, TaskPlace>) {
  const done = definition.output.kind === 'map' ? 'concluding' : 'leaving';
  const active = activeEvents(definition, plan);

  return {
    id: 'run',
    initial: 'created',
    states: {
      created: createdState(definition),
      ...(definition.concurrency === undefined ? {} : { queued: queuedState(active) }),
      running: {
        entry: enterPhase('running', 'RUNNING'),
        on: {
          'run.paused': { target: 'paused' },
          'run.migrated': { actions: replaceRun(migrated) },
          exhausted: {
            target: 'paused',
            actions: changeRun((_run, event) => ({ pausedBy: event.blamed ?? '' })),
          },
          'all.settled': { target: done, actions: changeRun(leave('completed')) },
          ...active,
        },
      },
      paused: pausedState(done, active),
      ...(done === 'concluding' ? { concluding: concludingState(active) } : {}),
      ...leavingStates(definition),
      ...finalStates(definition),
    },
  };
}

function createdState({ concurrency }: Definition): ConfigPart {
  const isPaused = ({ event }: RootArgs) => forkedPhase(event) === 'paused';
  const wasUnderWay = ({ event }: RootArgs) => forkedPhase(event) !== undefined;

  return {
    on: {
      'run.started': {
        target: concurrency === undefined ? 'running' : 'queued',
        actions: changeRun(started),
      },
      'run.forked': [
        { guard: isPaused, target: 'paused', actions: changeRun(forked) },
        {
          guard: wasUnderWay,
          target: concurrency === undefined ? 'running' : 'queued',
          actions: changeRun(forked),
        },
      ],
    },
  };
}

function forkedPhase({ fact }: ChartEvent): string | undefined {
  if (fact.type !== 'run.forked') return undefined;

  return (fact.data.state as unknown as Partial<RunState>).phase;
}

/** The concurrency limit is reached: the run waits for a slot. */
function queuedState(active: ConfigPart): ConfigPart {
  return { entry: enterPhase('queued', 'RUNNING'), on: { 'run.admitted': { target: 'running' }, ...active } };
}

/** Ends an active run, and what happens beside that. */
function activeEvents(definition: Definition, plan: ReadonlyMap<string, TaskPlace>): ConfigPart {
  const out = (ending: Ending['phase'], compensate = false, patch: RootPatch = () => ({})) => ({
    target: 'leaving',
    actions: changeRun((run, event) => {
      const patched = patch(run, event);
      return { ...patched, ...leave(ending, compensate, plan)({ ...run, ...patched }, event) };
    }),
  });

  return {
    sunk: out('failed', true, blamed),
    ended: [
      { guard: endsWell, ...out('completed', false, outputGiven) },
      { guard: isStopped, ...out('terminated', true, outputAndBlame) },
      out('failed', true, outputAndBlame),
    ],
    'run.terminated': out('terminated', false, reasonGiven),
    'run.cancelled': out('terminated', true, reasonGiven),
    'run.failed': out('failed', true, (_run, { fact }) =>
      fact.type === 'run.failed' ? { error: fact.data.error } : {},
    ),
    'signal.received': { actions: changeRun(signalKept) },
    // A child run was started for an attempt that was given up meanwhile.
    'orphan.ended': { actions: changeRun(orphanEnded) },
    ...runTimeout(definition, out('timed_out', true, timedOut)),
  };
}

const endsWell = ({ event: { fact } }: RootArgs) =>
  fact.type === 'termination.reached' && fact.data.status === 'COMPLETED';

const isStopped = ({ event: { fact } }: RootArgs) =>
  fact.type === 'termination.reached' && fact.data.status === 'TERMINATED';

const outputAndBlame: RootPatch = (run, event) => ({ ...outputGiven(run, event), ...blamed(run, event) });

/** A paused run whose last task settles ends when it is resumed. */
function pausedState(done: string, active: ConfigPart): ConfigPart {
  return {
    entry: changeRun((_run, { time }) => ({ phase: 'paused', status: 'PAUSED', pausedAt: time })),
    on: {
      'run.resumed': [
        {
          guard: ({ context }: RootArgs) => allSettled(context.run),
          target: done,
          actions: replaceRun((run, event) => {
            const next = resumed(run, event);
            return { ...next, ...leave('completed')(next, event) };
          }),
        },
        { target: 'running', actions: replaceRun(resumed) },
      ],
      'run.migrated': { actions: replaceRun(migrated) },
      ...active,
    },
  };
}

function concludingState(active: ConfigPart): ConfigPart {
  return {
    entry: enterPhase('concluding', 'RUNNING'),
    on: {
      ...active,
      'run.completed': {
        target: 'leaving',
        actions: changeRun((_run, { fact }) => ({
          ending: { phase: 'completed', compensate: false, ...concluded(fact) },
        })),
      },
    },
  };
}

function concluded(fact: ChartEvent['fact']): Pick<Ending, 'output'> {
  return fact.type === 'run.completed' ? { output: fact.data.output } : {};
}

function runTimeout({ timeoutMs, timeoutPolicy }: Definition, out: ConfigPart): ConfigPart {
  if (timeoutMs === undefined) return {};
  const alert = { actions: changeRun((_run, { time }) => ({ alertedAt: time })) };

  return { 'timer.fired.run.timeout': timeoutPolicy === 'fail' ? out : alert };
}

/** The stages on the way out, each only if there is something to do. `leaving` itself takes no time. */
function leavingStates(definition: Definition): Readonly<Record<string, ConfigPart>> {
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
        // A compensation may wait for a signal.
        'signal.received': { actions: changeRun(signalKept) },
        ...hard,
      },
    },
    notifying: {
      // A paused run is no longer paused on its way out.
      entry: changeRun(({ status }) => ({
        phase: 'notifying',
        status: status === 'PAUSED' ? 'RUNNING' : status,
      })),
      on: { 'failure-workflow.started': { target: 'leaving', actions: changeRun(notified) }, ...hard },
    },
  };
}

/** A run that is over changes only when somebody makes it go on. */
function finalStates(definition: Definition): Readonly<Record<string, ConfigPart>> {
  // Its slot was released when it ended, so it waits for one again.
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
