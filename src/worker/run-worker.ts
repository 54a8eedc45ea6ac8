import { attemptKeyOf, type Hello, protocolVersion } from '../../events/worker-protocol.ts';
import { liveRate } from '../../machines/run/record/live-lines.ts';
import { delay, within } from '../lib/deadline.ts';
import { createRateLimit } from '../lib/rate-limit.ts';
import { messageOf } from '../lib/text.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClaimedItem } from '../ports/work/worker-link.ts';
import { type CarryDeps, type Carrying, carryItem } from './carry-item.ts';
import { every } from './signs-of-life.ts';

const windowMs = 60_000;

/** What a worker says of itself that does not change. */
export type Introduction = Omit<
  Hello,
  'protocol' | 'running' | 'utilisation' | 'startedAt' | 'everyMs' | 'leaving'
>;

export type RunningWorker = {
  /** Claims nothing more, lets what is under way end for so long, gives the rest back. */
  readonly drain: (graceMs: number) => Promise<void>;
};

const helloEveryMs = 5_000;
const claimWaitMs = 30_000;
/** How long handlers may take to heed their signal, and the engine to answer, when the worker ends. */
const heedMs = 5_000;
const answerMs = 3_000;
const troubleMs = 1_000;
/** So many items may wait for a last word, such as results of runs that have to be mended first, beside other work. */
const parkedMax = 100;

type WorkerDeps = Omit<CarryDeps, 'worker' | 'onParked' | 'silences' | 'budget'>;
type State = WorkerDeps & {
  readonly introduction: Introduction;
  readonly carried: Map<string, Carrying>;
  readonly silences: CarryDeps['silences'];
  readonly budget: CarryDeps['budget'];
  readonly closing: AbortController;
  readonly onCount: () => void;
  /** Called when there may be room for another item. */
  onRoom: () => void;
};

/** Takes items of its agent out of the queue and carries them out, as many at a time as it has capacity for. */
export function runWorker(introduction: Introduction, deps: WorkerDeps): RunningWorker {
  const { link, clock } = deps;
  const { agent, capacity, worker } = introduction;
  link.takesHanded(agent, worker);
  const carried = new Map<string, Carrying>();
  const utilisation = measureUtilisation(clock, capacity);
  const onCount = (): void => utilisation.running(busyCount(state));
  const state: State = {
    ...deps,
    introduction,
    carried,
    silences: new Map(),
    budget: createRateLimit(clock, liveRate),
    closing: new AbortController(),
    onCount,
    onRoom: () => {},
  };
  const startedAt = new Date(clock.now()).toISOString();
  const sayHello = (): void =>
    link.hello({
      ...introduction,
      protocol: protocolVersion,
      running: busyCount(state),
      utilisation: utilisation.ratio(),
      startedAt,
      everyMs: helloEveryMs,
      leaving: state.closing.signal.aborted,
    });
  const forget = [
    every(clock, helloEveryMs, sayHello),
    link.onRollCall(sayHello),
    link.onStop(agent, ({ attemptKey, reason }) => carried.get(attemptKey)?.drop(reason)),
  ];
  sayHello();
  const claiming = claimUntilClosed(state);
  let drained: Promise<void> | undefined;

  async function drain(graceMs: number): Promise<void> {
    state.closing.abort(new Error('the worker ends'));
    state.onRoom();
    // Said at once, so that nobody counts on it any more.
    sayHello();
    await Promise.all([within(clock, graceMs + heedMs + answerMs, claiming), endCarried(state, graceMs)]);
    for (const stop of forget) stop();
    sayHello();
  }

  return {
    drain: (graceMs) => {
      drained ??= drain(graceMs);
      return drained;
    },
  };
}

async function claimUntilClosed(state: State): Promise<void> {
  const { link, clock, introduction, closing, onProgress } = state;
  const { agent, worker } = introduction;
  const { signal } = closing;
  while (!signal.aborted) {
    await roomFor(state);
    try {
      const claimed = signal.aborted
        ? undefined
        : await link.claim(agent, { waitMs: claimWaitMs, signal, worker });
      if (claimed !== undefined) await take(state, claimed);
    } catch (error) {
      if (signal.aborted) return;
      onProgress(`cannot take work of ${agent}: ${messageOf(error)}; trying again`);
      await delay(clock, troubleMs);
    }
  }
}

/** Resolves when there is capacity for one more item, or nothing more is to be taken. */
async function roomFor(state: State): Promise<void> {
  while (busyCount(state) >= state.introduction.capacity && !state.closing.signal.aborted) {
    await new Promise<void>((resolve) => {
      state.onRoom = resolve;
    });
  }
}

function busyCount({ carried }: Pick<State, 'carried'>): number {
  const parked = [...carried.values()].filter((each) => each.isParked()).length;

  return carried.size - Math.min(parked, parkedMax);
}

async function take(state: State, claimed: ClaimedItem): Promise<void> {
  const { carried, closing, onCount, introduction } = state;
  const key = attemptKeyOf(claimed.item);
  if (closing.signal.aborted) return claimed.giveBack(0);
  const known = carried.get(key);
  if (known?.claimAgain(claimed) === true) return;
  // Its last handler has not ended yet.
  if (known !== undefined) return claimed.giveBack(troubleMs);

  const carrying = carryItem(claimed, {
    ...state,
    worker: introduction.worker,
    onParked: () => {
      onCount();
      state.onRoom();
    },
  });
  carried.set(key, carrying);
  onCount();
  void carrying.over.then(() => {
    carried.delete(key);
    onCount();
    state.onRoom();
  });
}

async function endCarried(state: State, graceMs: number): Promise<void> {
  const { carried, clock } = state;
  const over = (): Promise<unknown> => Promise.all([...carried.values()].map((each) => each.over));
  await within(clock, graceMs, over());
  for (const each of carried.values()) each.release('the worker ends');
  await within(clock, heedMs, over());
  for (const each of carried.values()) each.leave();
  await within(clock, answerMs, over());
  for (const each of carried.values()) each.hangUp();
  await within(clock, answerMs, over());
}

/** How much of a worker's capacity is used. */
type Utilisation = {
  /** To be told whenever the number of items under way changes. */
  readonly running: (count: number) => void;
  /** The part of the capacity that was used in the last minute, from 0 to 1. To be asked every few seconds. */
  readonly ratio: () => number;
};

/** Measures what is used from now on. */
function measureUtilisation(clock: Clock, capacity: number): Utilisation {
  let count = 0;
  let busyMs = 0;
  let atMs = clock.steady();
  let asked = [{ atMs, busyMs }];

  const measure = (): void => {
    const nowMs = clock.steady();
    busyMs += count * Math.max(0, nowMs - atMs);
    atMs = nowMs;
  };

  return {
    running: (now) => {
      measure();
      count = now;
    },
    ratio: () => {
      measure();
      // The last one from before the minute stays, so that a whole minute is looked at.
      const before = asked.findLast((point) => atMs - point.atMs >= windowMs);
      asked = [...asked.slice(before === undefined ? 0 : asked.indexOf(before)), { atMs, busyMs }];
      const since = asked[0] ?? { atMs, busyMs };
      const spanMs = atMs - since.atMs;
      const used = spanMs > 0 ? (busyMs - since.busyMs) / spanMs : count;

      return Math.min(1, Math.max(0, used / capacity));
    },
  };
}
