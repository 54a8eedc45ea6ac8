import { assign } from 'xstate';
import type { ErrorData } from '../../events/error-data.ts';
import type { RunStatus } from '../../events/record.ts';
import type { Definition } from '../definition.ts';
import type { ChartEvent } from './chart-event.ts';
import type { ConfigPart } from './config.ts';
import { runOutput } from './run-output.ts';
import { allSettled, isSettled, type RunState, type TaskState } from './run-state.ts';

/** What guards and actions of the root get from XState. */
type RootArgs = { readonly context: { readonly run: RunState }; readonly event: ChartEvent };

/**
 * The chart around the regions of the tasks: `created -> running <-> paused -> completed | failed | timed_out |
 * terminated`, with `concluding` between where the output of the run is made of expressions. `sunk` and `all.settled`
 * are what the regions tell it (see transition.ts).
 */
export function rootConfig(definition: Definition) {
  const concludes = definition.output.kind === 'map';
  const done = concludes ? 'concluding' : 'completed';
  const active = {
    sunk: { target: 'failed', actions: change(blamed) },
    'run.terminated': { target: 'terminated' },
    ...(definition.timeoutMs === undefined ? {} : { 'timer.fired.run.timeout': runTimeout(definition) }),
  };

  return {
    id: 'run',
    initial: 'created',
    states: {
      created: { on: { 'run.started': { target: 'running', actions: change(started) } } },
      running: {
        entry: enter('running', 'RUNNING'),
        on: { 'run.paused': { target: 'paused' }, 'all.settled': { target: done }, ...active },
      },
      paused: pausedState(done, active),
      ...(concludes ? { concluding: concludingState(definition) } : {}),
      completed: ending('completed', 'COMPLETED', definition),
      failed: ending('failed', 'FAILED', definition),
      timed_out: ending('timed_out', 'TIMED_OUT', definition),
      terminated: ending('terminated', 'TERMINATED', definition),
    },
  };
}

/** A run whose last task settles while it is paused is over when it is resumed, not before. */
function pausedState(done: string, active: ConfigPart): ConfigPart {
  return {
    entry: change((_run, { time }) => ({ phase: 'paused', status: 'PAUSED', pausedAt: time })),
    on: {
      'run.resumed': [
        { guard: ({ context }: RootArgs) => allSettled(context.run), target: done, actions: change(resumed) },
        { target: 'running', actions: change(resumed) },
      ],
      ...active,
    },
  };
}

function concludingState(definition: Definition): ConfigPart {
  return {
    entry: enter('concluding', 'RUNNING'),
    on: {
      'run.completed': { target: 'completed' },
      'run.failed': { target: 'failed' },
      'run.terminated': { target: 'terminated' },
      ...(definition.timeoutMs === undefined ? {} : { 'timer.fired.run.timeout': runTimeout(definition) }),
    },
  };
}

function enter(phase: string, status: RunStatus): ConfigPart {
  return change(() => ({ phase, status }));
}

function started(_run: RunState, { fact, time }: ChartEvent): Partial<RunState> {
  if (fact.type !== 'run.started') return {};
  const { run, input, variables } = fact.data;

  return { run, input, variables: variables ?? {}, startedAt: time };
}

/** Tasks that became ready during the pause were not waiting for a worker: their time in the queue begins now. */
function resumed(run: RunState, { time }: ChartEvent): Partial<RunState> {
  const pausedAt = run.pausedAt ?? time;
  const requeued = Object.entries(run.tasks).flatMap(([id, task]): [string, TaskState][] => {
    if (task.state !== 'scheduled' || (task.scheduledAt ?? '') < pausedAt) return [];
    const first = (task.firstScheduledAt ?? '') < pausedAt ? task.firstScheduledAt : time;
    return [
      [id, { ...task, scheduledAt: time, ...(first === undefined ? {} : { firstScheduledAt: first }) }],
    ];
  });

  return requeued.length === 0 ? {} : { tasks: { ...run.tasks, ...Object.fromEntries(requeued) } };
}

function runTimeout(definition: Definition): ConfigPart {
  if (definition.timeoutPolicy === 'fail') return { target: 'timed_out' };

  return { actions: change((_run, { time }) => ({ alertedAt: time })) };
}

function blamed(run: RunState, event: ChartEvent): Partial<RunState> {
  const failedTask = 'sunkTask' in event && typeof event.sunkTask === 'string' ? event.sunkTask : '';
  const error = run.tasks[failedTask]?.error;

  return { failedTask, ...(error === undefined ? {} : { error }) };
}

function ending(phase: string, status: RunStatus, definition: Definition): ConfigPart {
  return {
    type: 'final',
    entry: change((run, event) => {
      const error = run.error ?? runError(status, event);
      return {
        phase,
        status,
        endedAt: event.time,
        tasks: cancelRest(run.tasks, event.time),
        ...(error === undefined || status === 'COMPLETED' ? {} : { error }),
        ...(status === 'COMPLETED' ? { output: runOutput(run, event, definition) } : {}),
      };
    }),
  };
}

function runError(status: RunStatus, { fact }: ChartEvent): ErrorData | undefined {
  if (fact.type === 'run.failed') return fact.data.error;
  if (status === 'TIMED_OUT' && fact.type === 'timer.fired') {
    return { code: 'run.timeout', message: `the run was not done by ${fact.data.dueAt}`, retryable: false };
  }

  return undefined;
}

/** What was not settled when the run ended will not be carried out any more. */
function cancelRest(tasks: RunState['tasks'], endedAt: string): RunState['tasks'] {
  const open = Object.entries(tasks).filter(([, task]) => !isSettled(task));
  if (open.length === 0) return tasks;
  const cancelled = open.map(([id, task]): [string, TaskState] => [
    id,
    { ...task, state: 'cancelled', endedAt },
  ]);

  return { ...tasks, ...Object.fromEntries(cancelled) };
}

function change(patch: (run: RunState, event: ChartEvent) => Partial<RunState>): ConfigPart {
  return assign(({ context, event }: RootArgs) => ({
    run: { ...context.run, ...patch(context.run, event) },
  })) as unknown as ConfigPart;
}
