// Faults in how attempts follow each other, and in what happens when none is left.
import { type Fault, faultsIn } from './fault.ts';

const policies = faultsIn('task.js', [
  {
    name: 'non-retryable-ignored',
    what: 'The codes in `non_retryable` are tried again.',
    find: 'policy.nonRetryable.includes(code)',
    replace: 'false',
  },
]);

const retries = faultsIn('chart/tasks/attempt-failure.js', [
  {
    name: 'attempt-too-few',
    what: 'A task is tried once less often than its policy says.',
    find: 'attemptsOf(context.task) < policyAfter(task.retry, error.code).maxAttempts',
    replace: 'attemptsOf(context.task) + 1 < policyAfter(task.retry, error.code).maxAttempts',
  },
  {
    name: 'retry-lost',
    what: 'No attempt follows another one.',
    find: "attemptsMax(retry) > 1 ? [{ guard: again, target: 'retrying' }] : []",
    replace: '[]',
  },
  {
    name: 'retry-of-the-lasting',
    what: 'What no attempt can overcome is tried again.',
    find: 'error === undefined || !error.retryable',
    replace: 'error === undefined',
  },
  {
    name: 'no-pause-when-used-up',
    what: '`on_exhausted: pause` fails the task.',
    find: "retry.onExhausted === 'pause' && fallback.length === 0 && !optional",
    replace: 'false',
  },
  {
    name: 'resumed-without-attempts',
    what: 'A run that is resumed does not grant its task attempts again.',
    find: '({ ...task, spent: task.attempt })',
    replace: '({ ...task })',
  },
  {
    name: 'resumed-in-the-old-time',
    what: 'A task of a run that is resumed still has the `total_timeout` that began before.',
    find: '({ firstScheduledAt: _at, ...task })',
    replace: '({ ...task })',
    survives: 'No scenario has a run resumed and then waits for a time-out of all attempts.',
  },
  {
    name: 'alert-fails',
    what: '`timeout_policy: alert` fails the task.',
    find: 'alert: [{ guard: latest, actions: change(alerted) }]',
    replace: "alert: sinks(place, 'timed_out', latest)",
  },
  {
    name: 'time-out-not-retried',
    what: 'An attempt that timed out is not tried again.',
    find: "retry: setbacks(place, 'timed_out')",
    replace: "retry: sinks(place, 'timed_out', latest)",
  },
  {
    name: 'time-out-policy-fail-retries',
    what: '`timeout_policy: fail` tries again.',
    find: "fail: sinks(place, 'timed_out', latest)",
    replace: "fail: setbacks(place, 'timed_out')",
  },
  {
    name: 'total-time-out-retried',
    what: 'A task whose whole time is up is tried again.',
    find: "'task.total-timeout', place, sinks(place, 'timed_out')",
    replace: "'task.total-timeout', place, setbacks(place, 'timed_out', () => true)",
  },
  {
    name: 'timed-out-for-failed',
    what: 'A failed attempt ends its task as one that timed out.',
    find: 'const ways = sinks(place, end, of);',
    replace: "const ways = sinks(place, 'timed_out', of);",
  },
]);

const delays = faultsIn('chart/tasks/attempt-failure.js', [
  {
    name: 'fixed-delay-grows',
    what: 'With `backoff: fixed` the delay grows.',
    find: 'fixed: firstMs,',
    replace: 'fixed: firstMs * attempt,',
  },
  {
    name: 'linear-delay-from-nothing',
    what: 'With `backoff: linear` the second attempt follows at once.',
    find: 'linear: firstMs * attempt',
    replace: 'linear: firstMs * (attempt - 1)',
  },
  {
    name: 'exponent-off-by-one',
    what: 'With `backoff: exponential` the first delay is multiplied already.',
    find: '** (attempt - 1)',
    replace: '** attempt',
  },
  {
    name: 'delay-unbounded',
    what: '`max_delay` is not kept to.',
    find: 'Math.min(grown, knownMs(maxDelayMs) ?? 0)',
    replace: 'grown',
  },
  {
    name: 'jitter-lost',
    what: 'With `jitter: full` everybody tries again at the same time.',
    find: "policy.jitter === 'full' ? capped * fractionOf(seed) : capped",
    replace: 'capped',
  },
]);

const waysOut = faultsIn('chart/tasks/final-failure.js', [
  {
    name: 'catch-lost',
    what: 'No failure is caught.',
    find: "task.catch.length === 0 ? [] : [{ guard: caught, target: 'caught' }]",
    replace: '[]',
  },
  {
    name: 'catch-by-any-code',
    what: 'The first entry of `catch` catches every failure.',
    find: "errors.includes(code) || errors.includes('*')",
    replace: 'true',
  },
  {
    name: 'catch-all-catches-nothing',
    what: '`*` is a code like any other.',
    find: " || errors.includes('*')",
    replace: '',
  },
  {
    name: 'last-catch-wins',
    what: 'The last entry of `catch` that fits counts, and the run goes on with that of another one.',
    find: 'task.catch.find(',
    replace: 'task.catch.findLast(',
  },
  {
    name: 'optional-ignored',
    what: 'An optional task that fails fails the run.',
    find: "task.optional ? 'completed_with_errors' : end",
    replace: 'end',
  },
  {
    name: 'fallback-ignored',
    what: 'No fallback is begun.',
    find: 'if (task.fallback.length > 0)',
    replace: 'if (false)',
  },
  {
    name: 'fallback-not-awaited',
    what: 'A task is done with errors as soon as its fallback has begun.',
    find: "readiness(fallbackJoin(place), event.run.tasks) === 'start'",
    replace: 'true',
  },
  {
    name: 'failed-fallback-is-enough',
    what: 'A task whose fallback failed is done with errors.',
    find: "target: task.optional ? 'completed_with_errors' : 'failed'",
    replace: "target: 'completed_with_errors'",
  },
  {
    name: 'fallback-result-lost',
    what: 'What the fallback gave does not stand in for the result of the task.',
    find: 'return { ...state, endedAt: event.time, output };',
    replace: 'return { ...state, endedAt: event.time };',
  },
  {
    name: 'fallbacks-as-one',
    what: 'Of several fallbacks the result of the first stands in.',
    find: 'task.fallback.length === 1 && first !== undefined',
    replace: 'first !== undefined',
  },
]);

export const attemptFaults: readonly Fault[] = [...retries, ...policies, ...delays, ...waysOut];
