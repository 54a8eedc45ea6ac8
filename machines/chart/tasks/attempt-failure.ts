import type { TimerKind } from '../../../events/timer-events.ts';
import { dueTime } from '../../due-time.ts';
import { textHash } from '../../shard.ts';
import { attemptsMax, type Duration, knownMs, policyAfter, type RetryPolicy } from '../../task.ts';
import { withNames } from '../../task-names.ts';
import {
  alerted,
  announce,
  type ConfigPart,
  change,
  enter,
  latest,
  taskErrorOf,
  troubled,
} from '../patches.ts';
import type { TaskPlace } from '../plan.ts';
import type { Guard } from '../region-event.ts';
import { sinks } from './final-failure.ts';

/** What follows when an attempt went wrong: another one, a pause for a person, or the end of the task. */
export function setbacks(
  place: TaskPlace,
  end: 'failed' | 'timed_out',
  of: Guard = latest,
): readonly ConfigPart[] {
  const { retry, fallback, optional } = place.task;
  const again: Guard = (args) => of(args) && mayRetry(place)(args);
  const ways = sinks(place, end, of);
  // A run on its way out cannot pause: what cannot be undone is told at its end.
  const asks: Guard = (args) => of(args) && args.event.run.phase !== 'compensating';
  const pauses = retry.onExhausted === 'pause' && fallback.length === 0 && !optional;

  return [
    ...(attemptsMax(retry) > 1 ? [{ guard: again, target: 'retrying' }] : []),
    ...(pauses ? [...ways.slice(0, -1), { guard: asks, target: 'exhausted' }, ...ways.slice(-1)] : ways),
  ];
}

/** The states that `setbacks` leads to, besides those of every task; `again` is where another attempt begins. */
export function setbackStates(place: TaskPlace, again: string): Readonly<Record<string, ConfigPart>> {
  const { id } = place.task;

  return {
    retrying: {
      entry: enter('retrying', (task, event) => ({
        ...troubled(task, event),
        retryAt: dueTime(
          event.time,
          retryDelayMs(
            policyAfter(withNames(place.task, task.names).retry, taskErrorOf(task, event)?.code),
            attemptsOf(task),
            seedOf(task, event),
          ),
        ),
      })),
      on: {
        [`timer.fired.task.retry.${id}`]: { guard: latest, target: again },
        ...totalTimeout(place),
      },
    },
    // Nothing more happens until somebody has looked: when the run is resumed, attempts and time count anew.
    exhausted: {
      entry: [enter('exhausted', troubled), announce('exhausted')],
      on: {
        'run.resumed': {
          target: again,
          actions: change(({ firstScheduledAt: _at, ...task }) => ({ ...task, spent: task.attempt })),
        },
      },
    },
  };
}

/** What the time-out of an attempt leads to. */
export function timeouts(place: TaskPlace): ConfigPart {
  const { timeoutPolicy, timeoutMs } = place.task;
  const leads = {
    // It is noted once and changes nothing else.
    alert: [{ guard: latest, actions: change(alerted) }],
    fail: sinks(place, 'timed_out', latest),
    retry: setbacks(place, 'timed_out'),
  }[timeoutPolicy];

  return onTimer(timeoutMs, 'task.timeout', place, leads);
}

export function totalTimeout(place: TaskPlace): ConfigPart {
  return onTimer(place.task.totalTimeoutMs, 'task.total-timeout', place, sinks(place, 'timed_out'));
}

/** What a timer leads to, for a task that has the timer. */
export function onTimer(
  ms: Duration | undefined,
  timer: TimerKind,
  place: TaskPlace,
  leads: readonly ConfigPart[],
): ConfigPart {
  return ms === undefined ? {} : { [`timer.fired.${timer}.${place.task.id}`]: leads };
}

/** Whether the policy grants another attempt after what the event tells. */
const mayRetry =
  ({ task }: TaskPlace): Guard =>
  ({ context, event }) => {
    const error = taskErrorOf(context.task, event);
    if (error === undefined || !error.retryable) return false;

    return attemptsOf(context.task) < policyAfter(task.retry, error.code).maxAttempts;
  };

/** The attempts that count. */
function attemptsOf({ attempt, spent = 0 }: { readonly attempt: number; readonly spent?: number }): number {
  return attempt - spent;
}

function seedOf(
  { attempt }: { readonly attempt: number },
  { run, address }: { readonly run: { readonly run: string }; readonly address: string },
): string {
  return `${run.run}/${address}/${attempt}`;
}

/**
 * The delay in ms before the attempt that follows the failed attempt `attempt` (from 1). With full jitter the delay
 * is a fraction of it that follows from `seed` alone, so that every fold gives the same due time.
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, seed: string): number {
  const { initialDelayMs, maxDelayMs, multiplier, backoff } = policy;
  // A policy whose delays nobody has evaluated is asked only by the checker, for the least that they may be.
  const firstMs = knownMs(initialDelayMs) ?? 0;
  const grown = {
    fixed: firstMs,
    linear: firstMs * attempt,
    exponential: firstMs * multiplier ** (attempt - 1),
  }[backoff];
  const capped = Math.min(grown, knownMs(maxDelayMs) ?? 0);

  return Math.round(policy.jitter === 'full' ? capped * fractionOf(seed) : capped);
}

/** A number in [0, 1) from a text. murmur3's finalizer makes near texts give far numbers. */
function fractionOf(seed: string): number {
  let hash = textHash(seed);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);

  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
