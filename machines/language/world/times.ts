import { retryDelayMs } from '../../chart/tasks/attempt-failure.ts';
import { type Duration, knownMs, type RetryPolicy, type Task } from '../../task.ts';
import { formatDuration } from '../duration.ts';
import type { Finding } from '../finding.ts';
import { isMapping, type Mapping } from '../mapping.ts';
import type { Outline, TaskSite } from '../outline.ts';
import type { Path } from '../text/yaml-node.ts';

/** Times that something else always comes before: time-outs inside of shorter ones, attempts after the last moment. */
export function checkTimes(outline: Outline): readonly Finding[] {
  const { timeoutMs, timeoutPolicy } = outline.definition;
  // With an alert the run goes on.
  const runMs = timeoutPolicy === 'fail' ? timeoutMs : undefined;

  return [
    ...outline.sites.flatMap((site) => [
      ...(runMs === undefined || site.list.kind === 'steps' ? [] : pastTheRun(site, runMs)),
      ...pastTheHolder(site, outline),
      ...pastTheTask(site),
      ...retriesPast(site, limitsAround(site, outline, runMs)),
      ...afterTheAnswer(site),
      ...delaysCut(site),
    ]),
    ...waitsForItself(outline),
  ];
}

type Limit = { readonly ms: number; readonly what: string };

/** The times of a task that count from when it begins, by their keys. */
function timesOf(task: Task): readonly (readonly [string, number])[] {
  const times: readonly (readonly [string, Duration | undefined])[] = [
    ['timeout', task.timeoutMs],
    ['queue_timeout', task.queueTimeoutMs],
    ['total_timeout', task.totalTimeoutMs],
    ['heartbeat_timeout', task.heartbeatTimeoutMs],
    ['duration', task.type === 'WAIT' ? task.durationMs : undefined],
  ];

  // What an expression gives is known only in the run.
  return times.flatMap(([key, span]) => {
    const ms = knownMs(span);
    return ms === undefined ? [] : [[key, ms] as const];
  });
}

function pastTheRun(site: TaskSite, runMs: number): readonly Finding[] {
  return pastLimit(site, { ms: runMs, what: `the run, which ends after ${formatDuration(runMs)}` });
}

/** What is inside of a FORK or a loop ends with it. */
function pastTheHolder(site: TaskSite, outline: Outline): readonly Finding[] {
  const holder = holderOf(site, outline);

  return holder === undefined
    ? []
    : pastLimit(site, {
        ms: holder.ms,
        what: `${holder.what}, which ends after ${formatDuration(holder.ms)}`,
      });
}

function holderOf(site: TaskSite, { graph }: Outline): Limit | undefined {
  const holder = graph.sites.get(site.list.container ?? '')?.task;
  if (holder === undefined || holder.id === site.task.id) return undefined;
  const limits = [holder.timeoutMs, holder.totalTimeoutMs].map(knownMs).filter((ms) => ms !== undefined);

  return limits.length === 0 ? undefined : { ms: Math.min(...limits), what: `"${holder.id}"` };
}

/** What ends a task from outside: the run, and the FORK or the loop that it is in. */
function limitsAround(site: TaskSite, outline: Outline, runMs: number | undefined): readonly Limit[] {
  const holder = holderOf(site, outline);
  const ofRun = runMs === undefined || site.list.kind === 'steps' ? [] : [{ ms: runMs, what: 'the run' }];

  return holder === undefined ? ofRun : [...ofRun, holder];
}

/** Reminders and stages of an approval that its time-out comes before. */
function afterTheAnswer({ task, path }: TaskSite): readonly Finding[] {
  if (task.type !== 'HUMAN') return [];
  const limit = knownMs(task.timeoutMs);
  // An escalation goes on from where the time-out was.
  if (limit === undefined || task.onTimeout === 'escalate') return [];
  const late = (what: string, key: Path): Finding => ({
    code: 'definition.late-timeout',
    severity: 'warning',
    message: `${what} can never come: the timeout of ${formatDuration(limit)} is no longer than that`,
    path: [...path, ...key],
  });
  const stages = (task.escalate ?? []).map(({ afterMs }) => afterMs);
  const first = stages.findIndex(
    (_each, index) => stages.slice(0, index + 1).reduce((sum, ms) => sum + ms, 0) >= limit,
  );

  return [
    ...(task.remind === undefined || task.remind.everyMs < limit
      ? []
      : [late('a reminder', ['remind', 'every'])]),
    ...(first === -1 ? [] : [late('this stage', ['escalate', first, 'after'])]),
  ];
}

/** A person or a signal that is waited for has less time than it says; what else never comes is only useless. */
function pastLimit({ task, path }: TaskSite, { ms: limit, what }: Limit): readonly Finding[] {
  const waits = task.type === 'HUMAN' || task.type === 'WAIT';

  return timesOf(task)
    .filter(([, ms]) => ms >= limit)
    .map(([key, ms]) => {
      const isCertain = waits && (key === 'timeout' || key === 'duration');
      const never = key === 'duration' ? 'is never over' : 'can never come';
      return {
        code: 'definition.late-timeout',
        severity: isCertain ? ('error' as const) : ('warning' as const),
        message: `the ${key} of ${formatDuration(ms)} ${never}: it is no shorter than that of ${what}`,
        path: [...path, key],
      };
    });
}

/** Time-outs of one attempt that its own other ones always come before. */
function pastTheTask({ task, path }: TaskSite): readonly Finding[] {
  const { timeoutMs, queueTimeoutMs, totalTimeoutMs, heartbeatTimeoutMs } = task;
  const run =
    task.type === 'SIMPLE' && task.performer.kind === 'run' ? task.performer.run.timeoutMs : undefined;
  const request = task.type === 'HTTP' ? task.request.timeoutMs : undefined;
  const duration = task.type === 'WAIT' ? task.durationMs : undefined;
  const pairs: readonly (readonly [Path, Duration | undefined, string, Duration | undefined])[] = [
    [['timeout'], timeoutMs, 'total_timeout', totalTimeoutMs],
    [['queue_timeout'], queueTimeoutMs, 'total_timeout', totalTimeoutMs],
    [['heartbeat_timeout'], heartbeatTimeoutMs, 'timeout', timeoutMs],
    [['run', 'timeout'], run, 'timeout', timeoutMs],
    [['request', 'timeout'], request, 'timeout', timeoutMs],
    [['timeout'], duration === undefined ? undefined : timeoutMs, 'duration', duration],
  ];

  return pairs.flatMap(([key, innerSpan, outerKey, outerSpan]): readonly Finding[] => {
    const [inner, outer] = [knownMs(innerSpan), knownMs(outerSpan)];
    if (inner === undefined || outer === undefined || inner <= outer) return [];
    const message = `${key.join('.')} can never come: ${outerKey} is shorter, ${formatDuration(outer)}`;

    return [{ code: 'definition.late-timeout', severity: 'warning', message, path: [...path, ...key] }];
  });
}

/** A first delay that max_delay cuts off at once. */
function delaysCut({ task, raw, path }: TaskSite): readonly Finding[] {
  const written = raw['retry_policy'];
  const [initialDelayMs, maxDelayMs] = [knownMs(task.retry.initialDelayMs), knownMs(task.retry.maxDelayMs)];
  if (initialDelayMs === undefined || maxDelayMs === undefined) return [];
  if (!isMapping(written) || written['max_delay'] === undefined || initialDelayMs <= maxDelayMs) return [];
  const message = `max_delay cuts it off: no delay is longer than ${formatDuration(maxDelayMs)}`;

  return [
    {
      code: 'definition.no-effect',
      severity: 'warning',
      message,
      path: [...path, 'retry_policy', 'initial_delay'],
    },
  ];
}

/** What says nothing of one attempt alone. */
const ofRetries = [
  'backoff',
  'backoff_strategy',
  'initial_delay',
  'max_delay',
  'multiplier',
  'jitter',
  'non_retryable',
];

/** Attempts that total_timeout or the run leaves no time for, and rules for attempts that there are not. */
function retriesPast({ task, raw, path }: TaskSite, around: readonly Limit[]): readonly Finding[] {
  const written = raw['retry_policy'];
  if (!isMapping(written)) return [];
  const { retry } = task;
  const place = [...path, 'retry_policy'];
  if (retry.maxAttempts === 1) {
    return ofRetries
      .filter((key) => written[key] !== undefined)
      .slice(0, 1)
      .map((key) => ({
        code: 'definition.no-effect',
        severity: 'warning',
        message: `"${key}" has no effect: there is one attempt only; add max_attempts`,
        path: [...place, key],
        at: 'key',
      }));
  }
  const idle = idleKeys(task, written).map(
    ([key, why]): Finding => ({
      code: 'definition.no-effect',
      severity: 'warning',
      message: `"${key}" has no effect: ${why}`,
      path: [...place, key],
      at: 'key',
    }),
  );

  return [...idle, ...attemptsPast({ task, path }, around)];
}

/** Keys of a retry policy that others make useless. */
function idleKeys(
  { retry, optional, fallback, catch: clauses }: Task,
  written: Mapping,
): readonly (readonly [string, string])[] {
  const isPaused = written['on_exhausted'] === 'pause';
  const before = optional ? 'optional' : fallback.length > 0 ? 'fallback' : undefined;
  const isCaught = clauses.some(({ errors }) => errors.includes('*'));
  const first = isCaught ? 'a catch of all errors' : before;

  return [
    ...(written['multiplier'] !== undefined && retry.backoff !== 'exponential'
      ? [
          [
            'multiplier',
            `the backoff is ${retry.backoff}, and only an exponential one has a multiplier`,
          ] as const,
        ]
      : []),
    ...(isPaused && first !== undefined
      ? [['on_exhausted', `${first} says before that how the run goes on`] as const]
      : []),
  ];
}

function attemptsPast(
  { task, path }: Pick<TaskSite, 'task' | 'path'>,
  around: readonly Limit[],
): readonly Finding[] {
  const { retry } = task;
  const totalTimeoutMs = knownMs(task.totalTimeoutMs);
  const place = [...path, 'retry_policy'];
  const [outer] = [...around].sort((a, b) => a.ms - b.ms);
  const limit = Math.min(totalTimeoutMs ?? Infinity, outer?.ms ?? Infinity);
  if (limit === Infinity) return [];
  const isOfTask = limit === totalTimeoutMs;
  const last = lastBefore(retry, limit);
  if (last >= retry.maxAttempts) return [];
  const isCertain = retry.jitter === 'none';
  const total = `${isOfTask ? 'total_timeout' : (outer?.what ?? 'the run')} is over after ${formatDuration(limit)}`;
  const message =
    last === 1
      ? `the task is never tried again: ${total}, and the first delay takes ${formatDuration(delayMs(retry, 1))}`
      : `of ${retry.maxAttempts} attempts no more than ${last} can begin: ${total}`;

  return [
    {
      code: 'definition.late-retry',
      severity: last === 1 && isCertain ? 'error' : 'warning',
      message,
      path: last === 1 && isOfTask ? [...path, 'total_timeout'] : [...place, 'max_attempts'],
    },
  ];
}

/** How many attempts can begin in the time, where each fails at once. */
function lastBefore(retry: RetryPolicy, totalMs: number): number {
  let spent = 0;
  for (let attempt = 1; attempt < retry.maxAttempts; attempt += 1) {
    spent += delayMs(retry, attempt);
    if (spent >= totalMs) return attempt;
  }

  return retry.maxAttempts;
}

/** The longest that may pass between an attempt and the next one. */
function delayMs(retry: RetryPolicy, attempt: number): number {
  return retryDelayMs({ ...retry, jitter: 'none' }, attempt, '');
}

/** A WAIT for what this definition publishes itself, and only once the WAIT is over. Somebody else may send it. */
function waitsForItself({ sites, graph }: Outline): readonly Finding[] {
  const waits = sites.filter(({ task }) => isEndless(task));
  /** The WAITs that everything which sends the signal of a WAIT comes after. */
  const heldBy = (site: TaskSite): readonly TaskSite[] => {
    const senders = sites.filter(
      ({ task }) => task.type === 'EVENT' && task.event.type === signalOf(site.task),
    );
    if (senders.length === 0) return [];
    return waits.filter((wait) => senders.every(({ task }) => graph.precedes(wait.task.id, task.id)));
  };

  return waits.flatMap((site): readonly Finding[] => {
    const found = new Set(heldBy(site));
    for (const each of found) for (const next of heldBy(each)) found.add(next);
    if (!found.has(site)) return [];
    const others = [...found]
      .filter((each) => each !== site && heldBy(each).length > 0)
      .map(({ task }) => `"${task.id}"`);
    const and = others.length === 0 ? '' : `, and ${others.join(' and ')} for this`;
    const message = `this WAIT and what sends "${signalOf(site.task)}" here wait for each other${and}: only somebody else can send it`;

    return [
      { code: 'definition.waits-for-itself', severity: 'warning', message, path: [...site.path, 'signal'] },
    ];
  });
}

function isEndless(task: Task): boolean {
  if (task.type !== 'WAIT' || task.signal === undefined || task.signal.includes('${')) return false;

  return task.durationMs === undefined && task.until === undefined && task.timeoutMs === undefined;
}

function signalOf(task: Task): string | undefined {
  return task.type === 'WAIT' ? task.signal : undefined;
}
