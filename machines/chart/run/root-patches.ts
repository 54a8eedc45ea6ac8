import { assign } from 'xstate';
import { isReservedName } from '../../agents/declared-agent.ts';
import type { ChartEvent } from '../chart-event.ts';
import type { ConfigPart } from '../patches.ts';
import { mapOpen } from '../tasks/map-open.ts';
import type { RunState, TaskState } from './run-state.ts';

export const started: RootPatch = (_run, { fact, time, actor }) => {
  if (fact.type !== 'run.started') return {};
  const { run, input, variables, parent, failureOf, concurrencyKey, fairnessKey, trigger, hops, requesters } =
    fact.data;
  const { erasureKey, businessKey, labels, budget } = fact.data;

  return {
    run,
    input,
    variables: variables ?? {},
    startedAt: time,
    ...(parent === undefined ? {} : { parent }),
    ...(failureOf === undefined ? {} : { failureOf }),
    ...(concurrencyKey === undefined ? {} : { concurrencyKey }),
    ...(fairnessKey === undefined ? {} : { fairnessKey }),
    ...(businessKey === undefined ? {} : { businessKey }),
    ...(labels === undefined ? {} : { labels }),
    ...(erasureKey === undefined ? {} : { erasureKey }),
    ...(trigger === undefined ? {} : { trigger }),
    ...(hops === undefined ? {} : { hops }),
    ...(budget === undefined ? {} : { budget }),
    ...withRequester({ requesters }, actor),
  };
};

/** Nobody approves what they asked for themselves, where a task says so: what engines start is nobody's request. */
function withRequester(
  { requesters = [] }: { readonly requesters?: readonly string[] | undefined },
  actor: string,
): Pick<RunState, 'requesters'> {
  const all = isReservedName(actor) || requesters.includes(actor) ? requesters : [...requesters, actor];

  return all.length === 0 ? {} : { requesters: all };
}

/**
 * The state of the original run, under the id of this one, without what concerned only the original. What was found out
 * about its tasks was so by its own definition.
 */
export const forked: RootPatch = (run, { fact, time, actor }) => {
  if (fact.type !== 'run.forked') return {};
  const {
    parent: _parent,
    orphans: _orphans,
    failureOf: _failed,
    trigger: _trigger,
    alertedAt: _alerted,
    pausedAt: _paused,
    timedFrom: _timed,
    refusedAnswers: _refused,
    ...state
  } = fact.data.state as unknown as RunState;

  return {
    ...state,
    tasks: { ...state.tasks },
    run: fact.data.run,
    definition: run.definition,
    startedAt: time,
    forkedFrom: fact.data.from,
    input: fact.data.input ?? state.input,
    ...withRequester(state, actor),
  };
};

/** The state to which the recorded events lead by the new version. */
export function migrated(run: RunState, { fact }: ChartEvent): RunState {
  if (fact.type !== 'run.migrated') return run;

  const state = fact.data.state as unknown as RunState;

  return { ...state, tasks: { ...state.tasks }, run: run.run, definition: fact.data.definition };
}

/** Tasks that became ready during the pause were not queued for a worker: their queue time begins now. */
export function resumed({ pausedBy: _looked, ...run }: RunState, { time }: ChartEvent): RunState {
  const pausedAt = run.pausedAt ?? time;
  const requeued = (task: TaskState): TaskState => {
    if (task.state !== 'scheduled' || (task.scheduledAt ?? '') < pausedAt) return task;
    const first = (task.firstScheduledAt ?? '') < pausedAt ? task.firstScheduledAt : time;
    return { ...task, scheduledAt: time, ...(first === undefined ? {} : { firstScheduledAt: first }) };
  };

  return { ...run, tasks: mapOpen(run.tasks, requeued) };
}

/** Clears how the run ended, and restarts its time-out. */
export function goneOn(run: RunState, { fact, time, actor }: ChartEvent): RunState {
  const { endedAt: _at, error: _error, failedTask: _task, output: _output, ending: _ending, ...rest } = run;
  const { failureRun: _run, reason: _reason, droppedAt: _dropped, undoing: _undoing, ...more } = rest;
  const { alertedAt: _alerted, pausedBy: _pausedBy, ...kept } = more;

  const isEdited =
    fact.type === 'run.rerun' && (fact.data.input !== undefined || fact.data.taskInput !== undefined);

  return { ...kept, timedFrom: time, ...(isEdited ? withRequester(run, actor) : {}) };
}

export const notified: RootPatch = (_run, { fact }) => {
  if (fact.type !== 'failure-workflow.started') return {};
  const { run, error } = fact.data;

  return { failureRun: { ...(run === undefined ? {} : { run }), ...(error === undefined ? {} : { error }) } };
};

export const orphanEnded: RootPatch = (run, { fact }) =>
  fact.type === 'child.ended'
    ? { orphans: (run.orphans ?? []).filter((orphan) => orphan.run !== fact.data.run) }
    : {};

/** The most signal ids that are remembered, the latest ones. */
const signalIdsMax = 1_000;

/** Keeps a signal that no task waits for yet. */
export const signalKept: RootPatch = (run, { fact }) => {
  if (fact.type !== 'signal.received') return {};
  const { name, data, id, tasks } = fact.data;

  return {
    ...(tasks.length > 0 ? {} : { signals: [...(run.signals ?? []), { name, data }] }),
    ...(id === undefined ? {} : { signalIds: [...(run.signalIds ?? []), id].slice(-signalIdsMax) }),
  };
};

export const answerRefused: RootPatch = ({ refusedAnswers = [] }, { fact, time }) =>
  fact.type === 'approval.refused' ? { refusedAnswers: [...refusedAnswers, { ...fact.data, at: time }] } : {};

export const reasonGiven: RootPatch = (_run, { fact }) =>
  'reason' in fact.data && fact.data.reason !== undefined ? { reason: fact.data.reason } : {};

export const timedOut: RootPatch = (_run, { fact }) =>
  fact.type === 'timer.fired'
    ? {
        error: {
          code: 'run.timeout',
          message: `the run was not done by ${fact.data.dueAt}`,
          retryable: false,
        },
      }
    : {};

/** The task that ended the run, and why. */
export const blamed: RootPatch = (run, { fact, blamed: failedTask = '' }) => {
  const reached = fact.type === 'termination.reached';
  const error = reached
    ? {
        code: fact.data.errorCode ?? 'run.terminated-by-task',
        message: fact.data.reason ?? `${failedTask} was reached`,
        retryable: false,
      }
    : run.tasks[failedTask]?.error;

  return { failedTask, ...(error === undefined ? {} : { error }) };
};

/** The output that a TERMINATE gives the run. */
export const outputGiven: RootPatch = (_run, { fact }) =>
  fact.type === 'termination.reached' && fact.data.output !== undefined ? { output: fact.data.output } : {};

/** What guards and actions of the root get from XState. */
export type RootArgs = {
  readonly context: { readonly run: RunState };
  readonly event: ChartEvent & { readonly blamed?: string };
};

/** What an event changes in the data of the run. */
export type RootPatch = (run: RunState, event: RootArgs['event']) => Partial<RunState>;

/** Records that the run entered the phase. */
export function enterPhase(phase: string, status: RunState['status']): ConfigPart {
  return changeRun(() => ({ phase, status }));
}

export function changeRun(patch: RootPatch): ConfigPart {
  return replaceRun((run, event) => ({ ...run, ...patch(run, event) }));
}

/** For a change that removes members. */
export function replaceRun(next: (run: RunState, event: RootArgs['event']) => RunState): ConfigPart {
  const assigns = ({ context, event }: RootArgs) => ({ run: next(context.run, event) });

  return Object.assign(assign(assigns) as unknown as ConfigPart, { assigns, next });
}
