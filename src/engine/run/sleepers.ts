import TinyQueue from 'tinyqueue';
import { isIdle } from '../../../machines/run/effects.ts';
import type { Clock } from '../../ports/clock.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import type { RunSummary } from '../../ports/runs/run-index.ts';
import { RunNotFound } from '../../ports/runs/workflows.ts';
import type { ActiveRuns } from './active-runs.ts';
import { sleepMsMax, type WakeTimes, type Waking, wakeTimes } from './due-timers.ts';

/** What stays in memory of a run that was put down. */
export type Asleep = {
  /** The position of its last record, and its number in the run. */
  readonly position: number;
  readonly sequence: number;
  /** The time of the run less the steady clock's: its time goes on while it sleeps. */
  readonly aheadMs: number;
};

/** Runs that only wait, by id; each is woken when it is due. */
export type Sleepers = {
  readonly put: (run: string, asleep: Asleep, times: WakeTimes) => void;
  /** Puts a run that was met in the journal. Returns false where it is known, and has not changed. */
  readonly meet: (run: string, asleep: Asleep, times: WakeTimes) => boolean;
  readonly get: (run: string) => Asleep | undefined;
  /** It is at work again. */
  readonly forget: (run: string) => void;
  /** Forgets those that `which` selects. Resolves with those that fell asleep within the last minute. */
  readonly release: (which: (run: string) => boolean) => readonly string[];
  readonly stop: () => void;
};

type Sleeper = Asleep & { readonly sinceMs: number };
type Due = { readonly run: string; readonly atMs: number; readonly sleeper: Sleeper };

/** A run that could not be woken is tried again after this. */
const againMs = 5_000;
const latelyMs = 60_000;
/** So many entries of runs that do not sleep any more may stay. */
const spareMax = 1_000;

/**
 * Two heaps, by the steady clock and by the one on the wall. What was forgotten stays in them until it is due, and is
 * passed over then. What `wake` rejects with is told, and the run is woken again, unless a person has to mend it.
 */
export function createSleepers({
  clock,
  waking,
  wake,
  onTrouble,
}: {
  readonly clock: Clock;
  readonly waking: Waking;
  readonly wake: (run: string) => Promise<void>;
  readonly onTrouble: (run: string, error: unknown) => void;
}): Sleepers {
  const asleep = new Map<string, Sleeper>();
  const bySteady = new TinyQueue<Due>([], (a, b) => a.atMs - b.atMs);
  const byWall = new TinyQueue<Due>([], (a, b) => a.atMs - b.atMs);
  let nextMs = Number.POSITIVE_INFINITY;
  let cancel = (): void => {};
  let isStopped = false;

  /** Looks again when the first is due, or soon enough to notice that the clock on the wall was set. */
  function lookAt(steadyMs: number): void {
    if (isStopped || steadyMs >= nextMs) return;
    cancel();
    nextMs = steadyMs;
    cancel = clock.after(Math.max(Math.ceil(steadyMs - clock.steady()), 0), look);
  }

  function lookAgain(): void {
    const steadyMs = bySteady.peek()?.atMs ?? Number.POSITIVE_INFINITY;
    const wall = byWall.peek();
    const wallMs = wall === undefined ? steadyMs : clock.steady() + wall.atMs - clock.now();
    if (asleep.size > 0) lookAt(Math.min(steadyMs, wallMs, clock.steady() + sleepMsMax));
  }

  function look(): void {
    nextMs = Number.POSITIVE_INFINITY;
    const due = new Map([...taken(bySteady, clock.steady()), ...taken(byWall, clock.now())]);
    if (due.size > 0) waking.add(due);
    lookAgain();
  }

  function* taken(queue: TinyQueue<Due>, nowMs: number): Generator<[string, () => Promise<void>]> {
    for (let first = queue.peek(); first !== undefined && first.atMs <= nowMs; first = queue.peek()) {
      const { run, sleeper } = first;
      queue.pop();
      if (asleep.get(run) === sleeper) yield [run, () => wakeOne(run, sleeper)];
    }
  }

  async function wakeOne(run: string, sleeper: Sleeper): Promise<void> {
    if (asleep.get(run) !== sleeper) return;
    try {
      await wake(run);
    } catch (error) {
      // Released, or loaded by somebody else.
      if (asleep.get(run) !== sleeper) return;
      onTrouble(run, error);
      if (error instanceof RunQuarantined || error instanceof RunNotFound) {
        asleep.delete(run);
        return;
      }
      bySteady.push({ run, atMs: clock.steady() + againMs, sleeper });
      lookAgain();
    }
  }

  function put(run: string, given: Asleep, { steadyMs, wallMs }: WakeTimes): void {
    const sleeper = { ...given, sinceMs: clock.steady() };
    asleep.set(run, sleeper);
    if (steadyMs !== undefined) bySteady.push({ run, atMs: steadyMs, sleeper });
    if (wallMs !== undefined) byWall.push({ run, atMs: wallMs, sleeper });
    for (const queue of [bySteady, byWall]) forgetGone(queue, asleep);
    lookAgain();
  }

  return {
    put,
    meet: (run, given, times) => {
      // The list that it was met in may be older than what is known here.
      if ((asleep.get(run)?.position ?? -1) >= given.position) return false;
      put(run, given, times);

      return true;
    },
    get: (run) => asleep.get(run),
    forget: (run) => void asleep.delete(run),
    release: (which) => {
      const released = [...asleep].filter(([run]) => which(run));
      for (const [run] of released) asleep.delete(run);

      return released.filter(([, { sinceMs }]) => clock.steady() - sinceMs < latelyMs).map(([run]) => run);
    },
    stop: () => {
      isStopped = true;
      cancel();
    },
  };
}

/** A run with a time-out of months that often goes on and sleeps again leaves an entry each time. */
function forgetGone(queue: TinyQueue<Due>, asleep: ReadonlyMap<string, Sleeper>): void {
  if (queue.length <= 2 * asleep.size + spareMax) return;
  const left = queue.data.filter(({ run, sleeper }) => asleep.get(run) === sleeper);
  queue.data = [];
  queue.length = 0;
  for (const due of left) queue.push(due);
}

/** A run that is due before is not put down. */
const sleepMsMin = 5_000;

/** Whether the last record of a run says that the run only waits, and nothing is wrong with that record. */
export function isAtRest(last: RunSummary | undefined): last is RunSummary {
  return last !== undefined && last.damage === undefined && last.head.idle === true;
}

export function restOf(
  { position, sequence, head: { dueAt }, updatedAt }: RunSummary,
  clock: Clock,
): [Asleep, WakeTimes] {
  const aheadMs = Math.max(clock.now(), Date.parse(updatedAt)) - clock.steady();
  const asleep = { position, sequence, aheadMs };
  if (dueAt === undefined) return [asleep, {}];
  const wallMs = Date.parse(dueAt);

  // Only the run itself tells by which clock it is due.
  return [asleep, { wallMs, steadyMs: wallMs - aheadMs }];
}

/** A run that is quiet is compared with its journal, and put down if it only waits, and not for a moment. */
export async function lookAtQuiet(
  id: string,
  {
    atHand,
    sleepers,
    clock,
  }: {
    readonly atHand: Pick<ActiveRuns, 'mailboxes' | 'forget'>;
    readonly sleepers: Sleepers;
    readonly clock: Clock;
  },
): Promise<void> {
  const mailbox = atHand.mailboxes.get(id);
  if (mailbox === undefined) return;
  await mailbox.look();
  if (atHand.mailboxes.get(id) !== mailbox || !mailbox.isQuiet() || !isIdle(mailbox.run())) return;
  const times = wakeTimes(mailbox, clock);
  if (isSoon(times, clock)) return;
  atHand.forget(id);
  void mailbox.close();
  const { sequence } = mailbox.run();
  const aheadMs = mailbox.timeMs() - clock.steady();
  sleepers.put(id, { position: mailbox.position(), sequence, aheadMs }, times);
}

function isSoon({ steadyMs, wallMs }: WakeTimes, clock: Clock): boolean {
  const left = [steadyMs, wallMs === undefined ? undefined : wallMs - clock.now() + clock.steady()];

  return left.some((atMs) => atMs !== undefined && atMs - clock.steady() < sleepMsMin);
}
