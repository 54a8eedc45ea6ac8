import { z } from 'zod';
import type { CloudEvent } from '../../../events/cloud-event.ts';
import { onAbort, pausing } from '../../lib/abort.ts';
import { within } from '../../lib/deadline.ts';
import { createLimit } from '../../lib/limit.ts';
import { backoffMs, retryUntilDone } from '../../lib/retry.ts';
import { createTurnsPerKey } from '../../lib/serial-queue.ts';
import type { Clock } from '../../ports/clock.ts';
import { type EventPublisher, EventTooLarge } from '../../ports/events/event-publisher.ts';
import type { MarkStore } from '../../ports/mark-store.ts';
import type { Journal, Stored } from '../../ports/runs/journal.ts';
import { createMarks } from '../marks.ts';
import { type Audience, type AudienceDeps, createAudience } from './audience.ts';
import { leanEvent, mayBeTold, type Outbound } from './outbound-of.ts';

const key = 'relay';

const Kept = z.object({ position: z.int().nonnegative() });

const pauses = { firstMs: 1_000, mostMs: 30_000 };

/** So many runs with something wrong are remembered, so that each is told of once. */
const troubledMax = 1_000;

/** So many messages are told of at a time, each of another run. */
const atOnceMax = 256;

const markEveryMs = 1_000;

/** What is under way when it is to stop may take so long, and the mark as well. */
const stopMs = 1_000;

/**
 * Tells other programs what the journal holds behind the mark, where anybody listens, until the signal aborts, and
 * moves the mark. What was told behind the mark is told again by whoever begins there: with the same ids, and still in
 * order.
 */
export async function relay(
  deps: RelayDeps,
  about: { readonly messages: AsyncIterable<Stored>; readonly mark: RelayMark; readonly signal: AbortSignal },
): Promise<void> {
  const { clock, onTrouble } = deps;
  const { messages, mark, signal } = about;
  const lanes = createRelayLanes(deps, signal);
  // Rejected, it was not told: the mark stays before it.
  const tell = (stored: Stored): void =>
    void lanes.tell(stored).then(() => progress.end(stored.position), nothing);
  const drop = (stored: Stored): void => {
    deps.onUntold(stored);
    progress.end(stored.position);
  };
  const audience = createAudience(deps, { tell, drop }, signal);
  const progress = createRelayProgress(mark.position, audience);
  let marked = mark.position;

  async function moveMark(): Promise<void> {
    const done = progress.done();
    if (done <= marked) return;
    await mark.moveTo(done);
    marked = done;
  }

  async function keepMark(): Promise<void> {
    let isDown = false;
    while (!signal.aborted) {
      await pausing(clock, markEveryMs, signal);
      await moveMark().then(
        () => {
          isDown = false;
        },
        (error: unknown) => {
          if (!isDown) onTrouble(error);
          isDown = true;
        },
      );
    }
  }

  const keeping = keepMark();
  for await (const stored of messages) {
    if (mayBeTold(stored)) {
      await progress.room(signal);
      progress.begin(stored.position);
      audience.offer(stored);
    }
    progress.seen(stored.position);
  }
  await within(clock, stopMs, lanes.idle());
  await within(clock, stopMs, keeping.then(moveMark));
}

function nothing(): void {}

type RelayDeps = RelayLanesDeps &
  AudienceDeps & {
    /** Told of what nobody wants to be told. */
    readonly onUntold: (stored: Stored) => void;
  };

type RelayLanesDeps = {
  readonly events: Pick<EventPublisher, 'publish'>;
  readonly clock: Clock;
  /** Rejects with what may pass. */
  readonly outboundOf: (stored: Stored) => Promise<Outbound>;
  readonly onTrouble: (error: unknown) => void;
};

/** Tells other programs of messages: those of one run one after another, those of different runs side by side. */
type RelayLanes = {
  /** Resolves when everything there is to tell was told; rejects only when the signal aborts before. */
  readonly tell: (stored: Stored) => Promise<void>;
  /** Resolves when nothing is under way any more. */
  readonly idle: () => Promise<void>;
};

/** That something does not work now is told once for all runs, until it works again. */
type Outage = { isTold: boolean };

function createRelayLanes(deps: RelayLanesDeps, signal: AbortSignal): RelayLanes {
  const { events, clock, outboundOf, onTrouble } = deps;
  const lanes = createTurnsPerKey();
  const limit = createLimit(atOnceMax);
  const troubled = new Set<string>();
  const reading: Outage = { isTold: false };
  const publishing: Outage = { isTold: false };

  async function tellNow(stored: Stored): Promise<void> {
    const { events: all, trouble } = await untilDone(reading, () => outboundOf(stored));
    if (trouble !== undefined) tellTrouble(stored.run, trouble);
    for (const event of all) await untilDone(publishing, () => publish(stored.run, event));
  }

  async function publish(run: string, event: CloudEvent): Promise<void> {
    try {
      await inSize(event);
    } catch (error) {
      if (!(error instanceof EventTooLarge || error instanceof RangeError)) throw error;
      // The broker would never take it, and those that follow must not wait for ever.
      tellTrouble(run, error);
    }
  }

  async function inSize(event: CloudEvent): Promise<void> {
    try {
      await events.publish(event, { once: false });
    } catch (error) {
      if (!(error instanceof EventTooLarge)) throw error;
      await events.publish(leanEvent(event), { once: false });
    }
  }

  /** Until it succeeds: what may pass is told of when it begins, by the first that meets it. */
  async function untilDone<T>(outage: Outage, act: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const result = await retryUntilDone(act, async (error, failuresBefore) => {
      if (!outage.isTold && failuresBefore === 0) onTrouble(error);
      outage.isTold = true;
      await pausing(clock, backoffMs(pauses, failuresBefore), signal);
      signal.throwIfAborted();
    });
    outage.isTold = false;

    return result;
  }

  function tellTrouble(run: string, trouble: unknown): void {
    if (troubled.has(run)) return;
    if (troubled.size >= troubledMax) troubled.clear();
    troubled.add(run);
    onTrouble(trouble);
  }

  /** Many that waited for an audience may be told at once. */
  function inTurn(stored: Stored): Promise<void> {
    return new Promise((resolve, reject) => {
      void limit.begin(() => tellNow(stored).then(resolve, reject));
    });
  }

  return { tell: (stored) => lanes.take(stored.run, () => inTurn(stored)), idle: lanes.idle };
}

/** Which messages of the journal are dealt with: they come in order, and are finished in any. */
type RelayProgress = {
  /** Resolves when another may begin; at once when the signal aborts. */
  readonly room: (signal: AbortSignal) => Promise<void>;
  readonly begin: (position: number) => void;
  readonly end: (position: number) => void;
  /** This message, and all before it, have begun at least. */
  readonly seen: (position: number) => void;
  /** Up to here everything is finished. */
  readonly done: () => number;
};

/** Some of those that have begun wait for an audience. */
function createRelayProgress(
  from: number,
  { waiting, isFull }: Pick<Audience, 'waiting' | 'isFull'>,
): RelayProgress {
  // In the order in which they began: the first is the one that holds the rest up.
  const underWay = new Set<number>();
  let seen = from;
  let wake: () => void = () => undefined;

  return {
    room: async (signal) => {
      const stop = onAbort(signal, () => wake());
      while ((isFull() || underWay.size - waiting() >= atOnceMax) && !signal.aborted)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      stop();
    },
    begin: (position) => void underWay.add(position),
    end: (position) => {
      underWay.delete(position);
      wake();
    },
    seen: (position) => {
      seen = position;
    },
    done: () => {
      const [first] = underWay;

      return first === undefined ? seen : first - 1;
    },
  };
}

/** Up to which position of the journal other programs were told everything. */
type RelayMark = {
  /** Where whoever reads it now has to begin. */
  readonly position: number;
  /** Rejects with EventsUnavailable. Where somebody else is further by now, theirs stays. */
  readonly moveTo: (position: number) => Promise<void>;
};

/** Up to where other programs were told what the journal holds; past its end where nobody is told anything. */
export async function toldTo(store: MarkStore): Promise<number> {
  const { value } = await createMarks(store, Kept).read(key);

  return value?.position ?? Number.POSITIVE_INFINITY;
}

/** Where nobody was told anything yet, what is to be told begins now. Rejects with EventsUnavailable. */
export async function openRelayMark(store: MarkStore, journal: Pick<Journal, 'end'>): Promise<RelayMark> {
  const marks = createMarks(store, Kept);
  const begun = await marks.change(key, async ({ value }) => {
    const end = await journal.end();
    // A journal that ends before the mark is another one: it was restored, or begun anew.
    if (value !== undefined && value.position <= end) return { result: value.position };

    return { to: { value: { position: end } }, result: end };
  });
  let { revision } = begun;

  return {
    position: begun.result,
    moveTo: async (position) => {
      // What it was when it was moved last needs no reading: it is read where somebody else has moved it since.
      const known = { value: undefined, revision };
      const moved = await marks.change(
        key,
        ({ value }) =>
          value !== undefined && value.position >= position
            ? { result: undefined }
            : { to: { value: { position } }, result: undefined },
        known,
      );
      revision = moved.revision;
    },
  };
}
