import type { CloudEvent } from '../../../events/cloud-event.ts';
import type { Clock } from '../../ports/clock.ts';
import { type EventPublisher, EventTooLarge } from '../../ports/event-publisher.ts';
import type { Stored } from '../../ports/journal.ts';
import { leanEvent, type Outbound } from './outbound-of.ts';
import { pausing } from './pausing.ts';

export type RelayLanesDeps = {
  readonly events: EventPublisher;
  readonly clock: Clock;
  /** Rejects with what may pass. */
  readonly outboundOf: (stored: Stored) => Promise<Outbound>;
  readonly onTrouble: (error: unknown) => void;
};

/** Tells other programs of messages: those of one run one after another, those of different runs side by side. */
export type RelayLanes = {
  /** Resolves when everything there is to tell was told; rejects only when the signal aborts before. */
  readonly tell: (stored: Stored) => Promise<void>;
  /** Resolves when nothing is under way any more. */
  readonly idle: () => Promise<unknown>;
};

/** That something does not work now is told once for all runs, until it works again. */
type Outage = { isTold: boolean };

const pauseMsMin = 1_000;
const pauseMsMax = 30_000;
/** So many runs with something wrong are remembered, so that each is told of once. */
const troubledMax = 1_000;

export function createRelayLanes(deps: RelayLanesDeps, signal: AbortSignal): RelayLanes {
  const { events, clock, outboundOf, onTrouble } = deps;
  const lanes = new Map<string, Promise<void>>();
  const troubled = new Set<string>();
  const reading: Outage = { isTold: false };
  const publishing: Outage = { isTold: false };

  function tell(stored: Stored): Promise<void> {
    const { run } = stored;
    const told = (lanes.get(run) ?? Promise.resolve()).then(() => tellNow(stored));
    const leave = (): void => {
      if (lanes.get(run) === told) lanes.delete(run);
    };
    lanes.set(run, told);
    told.then(leave, leave);

    return told;
  }

  async function tellNow(stored: Stored): Promise<void> {
    const { events: all, trouble } = await patiently(reading, () => outboundOf(stored));
    if (trouble !== undefined) tellTrouble(stored.run, trouble);
    for (const event of all) await patiently(publishing, () => publish(stored.run, event));
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
  async function patiently<T>(outage: Outage, act: () => Promise<T>): Promise<T> {
    for (let pauseMs = pauseMsMin; ; pauseMs = Math.min(2 * pauseMs, pauseMsMax)) {
      signal.throwIfAborted();
      try {
        const result = await act();
        outage.isTold = false;
        return result;
      } catch (error) {
        if (!outage.isTold && pauseMs === pauseMsMin) onTrouble(error);
        outage.isTold = true;
      }
      await pausing(clock, pauseMs, signal);
    }
  }

  function tellTrouble(run: string, trouble: unknown): void {
    if (troubled.has(run)) return;
    if (troubled.size >= troubledMax) troubled.clear();
    troubled.add(run);
    onTrouble(trouble);
  }

  return { tell, idle: () => Promise.allSettled(lanes.values()) };
}
