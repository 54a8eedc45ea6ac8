import { canonicalJson } from '../../../events/canonical-json.ts';
import type { FactMembers } from '../../../events/catalogue.ts';
import type { JournalRecord } from '../../../events/record.ts';
import { planOf } from '../../../machines/chart/plan.ts';
import { localId } from '../../../machines/chart/task-at.ts';
import {
  type AttemptOutcome,
  type Breaker,
  type BreakerPolicy,
  type BreakerState,
  breakerAt,
  emptyBreaker,
  withOutcome,
} from '../../../machines/run/breaker.ts';
import type { TaskCommon } from '../../../machines/task.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Journal, Stored } from '../../ports/runs/journal.ts';
import type { RunView } from '../../ports/runs/workflows.ts';

/** The timers that end an attempt which has begun. One that nobody took up in time says nothing of the task. */
const endings: ReadonlySet<string> = new Set(['task.timeout', 'task.heartbeat-timeout']);

/** Stops attempts at a task while too many of them fail, in any run. */
export type Breakers = {
  /**
   * Whether an attempt may begin, and if not, when to ask again (ms). `attempt` is its key, `<run>/<task>/<attempt>`:
   * the same attempt may ask repeatedly. Waits until the journal is read as far back as the task's policy goes;
   * rejects if it cannot be read.
   */
  readonly admit: (asked: {
    readonly definition: string;
    readonly task: GuardedTask;
    readonly attempt: string;
  }) => Promise<'now' | { readonly retryAtMs: number }>;
  /** The state of a task's breaker, for display; undefined if the task has none. */
  readonly state: (definition: string, task: GuardedTask) => Promise<BreakerState | undefined>;
  readonly stop: () => void;
};

type GuardedTask = Pick<TaskCommon, 'id' | 'circuitBreaker'>;

/** So late an outcome may be told. One that seems older was recorded by a clock that was set back. */
const lateMsMax = 60_000;

/** Delay before asking again while the admitted attempts are in progress. */
const lookAgainMs = 500;

/**
 * The journal is first read for a task with a circuit breaker. Every engine counts its own half-open attempts:
 * several engines on one journal may each admit as many.
 */
export function createBreakers(deps: { readonly journal: Journal; readonly clock: Clock }): Breakers {
  const { clock } = deps;
  const timeMs = createTimeLine(clock);
  const following = { journal: deps.journal, timeMs };
  let follower = createBreakerFollower(following);
  let stopped = false;

  /** Undefined if the watch ended: it was stopped, or the journal could not be followed. */
  async function find(key: string, policy: BreakerPolicy): Promise<FollowedBreaker | undefined> {
    if (follower.isOver() && !stopped) follower = createBreakerFollower(following);
    const asked = follower;
    const found = await asked.follow(key, policy);

    return asked.isOver() ? undefined : found;
  }

  return {
    admit: async ({ definition, task, attempt }) => {
      const policy = task.circuitBreaker;
      if (policy === undefined) return 'now';
      const found = await find(`${definition}/${task.id}`, policy);
      const nowMs = timeMs();
      const answer =
        found === undefined
          ? { retryAtMs: nowMs + lookAgainMs }
          : admitted(found, policy, { attempt, nowMs });

      return answer === 'now' ? answer : { retryAtMs: clock.now() + answer.retryAtMs - nowMs };
    },
    state: async (definition, task) => {
      const policy = task.circuitBreaker;
      if (policy === undefined) return undefined;
      const found = await find(`${definition}/${task.id}`, policy);

      if (found === undefined) return undefined;
      const nowMs = timeMs();
      const now = shown(found, policy, nowMs);

      return now.state === 'open' ? { ...now, untilMs: clock.now() + now.untilMs - nowMs } : now;
    },
    stop: () => {
      stopped = true;
      follower.stop();
    },
  };
}

/**
 * The time that breakers go by: that of the wall at first, counted on by the steady side of the clock. A clock that is
 * set back holds none of them open, one that is set on closes none.
 */
function createTimeLine(clock: Clock): () => number {
  const offsetMs = clock.now() - clock.steady();

  return () => clock.steady() + offsetMs;
}

function admitted(
  { breaker, probes }: FollowedBreaker,
  policy: BreakerPolicy,
  { attempt, nowMs }: { readonly attempt: string; readonly nowMs: number },
): 'now' | { readonly retryAtMs: number } {
  const now = breakerAt(breaker, policy, nowMs);
  switch (now.state) {
    case 'closed':
      return 'now';
    case 'open':
      return { retryAtMs: now.untilMs };
    case 'half_open':
      forgetLost(probes, policy, nowMs);
      if (!probes.has(attempt) && probes.size >= now.probesLeft) return { retryAtMs: nowMs + lookAgainMs };
      if (!probes.has(attempt)) probes.set(attempt, nowMs);
      return 'now';
  }
}

function shown({ breaker, probes }: FollowedBreaker, policy: BreakerPolicy, nowMs: number): BreakerState {
  const now = breakerAt(breaker, policy, nowMs);
  if (now.state !== 'half_open') return now;
  forgetLost(probes, policy, nowMs);

  return { ...now, probesLeft: Math.max(now.probesLeft - probes.size, 0) };
}

/**
 * An admitted attempt may never end, for example if its run was terminated. After as long as the breaker was open,
 * another takes its place; so none of an earlier half-open round counts in the next.
 */
function forgetLost(probes: Map<string, number>, { openForMs }: BreakerPolicy, nowMs: number): void {
  for (const [attempt, sinceMs] of probes) {
    if (nowMs - sinceMs >= openForMs) probes.delete(attempt);
  }
}

/** A breaker that is kept up to date. */
type FollowedBreaker = {
  readonly breaker: Breaker;
  /** Half-open attempts in progress, with the time they were admitted (ms). */
  readonly probes: Map<string, number>;
};

type Following = { readonly journal: Journal; readonly timeMs: () => number };

/** Keeps breakers up to date from the journal of all runs. */
type BreakerFollower = {
  /**
   * The breaker of a task (`<definition id>/<task id>`), once its part of the journal is folded; one for each policy,
   * because definitions change. Rejects if the journal cannot be read.
   */
  readonly follow: (key: string, policy: BreakerPolicy) => Promise<FollowedBreaker>;
  readonly stop: () => void;
  /** Whether it was stopped, or the journal could not be followed: it is out of date. */
  readonly isOver: () => boolean;
};

type Entry = {
  readonly policy: BreakerPolicy;
  readonly probes: Map<string, number>;
  breaker: Breaker;
  /** The position of the last folded outcome. */
  position: number;
  /** Outcomes that arrive while the past is being read; undefined otherwise. */
  early: RecordedOutcome[] | undefined;
};

/**
 * The journal is watched once for all breakers, from the first one on. A later breaker reads its past in a watch of
 * its own, and buffers what the common one reports meanwhile.
 */
function createBreakerFollower({ journal, timeMs }: Following): BreakerFollower {
  const known = new Map<string, Promise<FollowedBreaker>>();
  const entriesOf = new Map<string, Set<Entry>>();
  const over = new AbortController();

  function follow(key: string, policy: BreakerPolicy): Promise<FollowedBreaker> {
    const name = `${key} ${canonicalJson(policy)}`;
    const following = known.get(name);
    if (following !== undefined) return following;
    const begun = begin(key, policy, known.size === 0);
    known.set(name, begun);
    begun.catch(() => known.delete(name));

    return begun;
  }

  async function begin(key: string, policy: BreakerPolicy, isFirst: boolean): Promise<FollowedBreaker> {
    const entry: Entry = { policy, probes: new Map(), breaker: emptyBreaker, position: 0, early: undefined };
    const entries = entriesOf.get(key) ?? new Set();
    entriesOf.set(key, entries.add(entry));
    // Outcomes from before it opened cannot keep a breaker open.
    const since = Math.max(timeMs() - policy.windowMs - policy.openForMs, 0);
    try {
      await (isFirst ? watchAll(since) : readPast(key, entry, since));
    } catch (error) {
      entries.delete(entry);
      throw error;
    }

    return entry;
  }

  /** What is told while it happens counts at that time, if the time that its record has is not believable. */
  function heard(outcome: RecordedOutcome, isLive: boolean): RecordedOutcome {
    const nowMs = timeMs();
    const isOld = isLive && nowMs - outcome.atMs > lateMsMax;

    return isOld || outcome.atMs > nowMs ? { ...outcome, atMs: nowMs } : outcome;
  }

  /**
   * Resolves when everything so far is folded; runs until stopped. A later failure is met by the next caller, who has
   * to read the journal anew.
   */
  function watchAll(since: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let isLive = false;
      const onCaughtUp = () => {
        isLive = true;
        resolve();
      };
      watch({ since, signal: over.signal, onCaughtUp }, (recorded) => {
        const outcome = heard(recorded, isLive);
        for (const entry of entriesOf.get(outcome.breaker) ?? []) take(entry, outcome);
      })
        .finally(() => over.abort())
        .then(resolve, reject);
    });
  }

  async function readPast(key: string, entry: Entry, since: number): Promise<void> {
    entry.early = [];
    const done = new AbortController();
    const signal = AbortSignal.any([over.signal, done.signal]);
    await watch({ since, signal, onCaughtUp: () => done.abort() }, (outcome) => {
      if (outcome.breaker === key) fold(entry, heard(outcome, false));
    });
    const { early } = entry;
    entry.early = undefined;
    for (const outcome of early) fold(entry, outcome);
  }

  async function watch(
    options: Parameters<Journal['watch']>[0],
    tell: (outcome: RecordedOutcome) => void,
  ): Promise<void> {
    for await (const stored of journal.watch(options)) {
      const outcome = outcomeOf(stored);
      if (outcome !== undefined) tell(outcome);
    }
  }

  return { follow, stop: () => over.abort(), isOver: () => over.signal.aborted };
}

function take(entry: Entry, outcome: RecordedOutcome): void {
  if (entry.early === undefined) fold(entry, outcome);
  else entry.early.push(outcome);
}

function fold(entry: Entry, outcome: RecordedOutcome): void {
  if (outcome.position <= entry.position) return;
  const { breaker, policy, probes } = entry;
  entry.position = outcome.position;
  entry.breaker = withOutcome(breaker, outcome, policy);
  probes.delete(outcome.attempt);
}

/**
 * What a record says of an attempt: `breaker` is `<definition id>/<task id>`, `attempt` is `<run>/<task>/<attempt>`.
 */
export type RecordedOutcome = AttemptOutcome & {
  readonly breaker: string;
  readonly attempt: string;
  readonly position: number;
};

/** How an attempt ended; undefined if the message does not end one. */
export function outcomeOf(stored: Stored): RecordedOutcome | undefined {
  if (stored.kind === 'foreign') return undefined;
  const { type, time, data } = stored.record;
  const { task, attempt }: FactMembers = data.fact;
  const ok = type === 'task.completed';
  if (task === undefined || !(ok || isSetback(stored.record))) return undefined;

  return {
    breaker: `${data.head.definition.id}/${localId(task)}`,
    attempt: `${stored.run}/${task}/${String(attempt)}`,
    position: stored.position,
    atMs: Date.parse(time),
    ok,
  };
}

function isSetback({ type, data }: JournalRecord): boolean {
  if (type !== 'timer.fired') return type === 'task.failed';

  // Under `timeout_policy: alert` the timer moves nothing: the attempt goes on.
  return endings.has(data.fact.timer) && data.transitions.length > 0;
}

/** The states of the circuit breakers of a run's tasks, which count failures in all runs. */
export async function withBreakers(
  deps: { readonly journal: Journal; readonly clock: Clock },
  view: RunView,
): Promise<RunView> {
  const tasks = [...planOf(view.definition).values()].map(({ task }) => task);
  const guarded = tasks.filter(({ circuitBreaker }) => circuitBreaker !== undefined);
  if (guarded.length === 0) return view;
  const breakers = createBreakers(deps);
  try {
    const states = await Promise.all(
      guarded.map(async (task) => [task.id, await breakers.state(view.definition.id, task)] as const),
    );
    const known = states.flatMap(([id, state]) => (state === undefined ? [] : [[id, state] as const]));
    return { ...view, breakers: Object.fromEntries(known) };
  } finally {
    breakers.stop();
  }
}
