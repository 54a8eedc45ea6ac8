import { type OutboundType, outboundEvents } from '../../../events/outbound-events.ts';
import { within } from '../../lib/deadline.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Stored } from '../../ports/runs/journal.ts';
import { tellingsOf } from './outbound-messages.ts';

/** It is looked at most so often whether somebody listens, and only when there is something to tell. */
const lookEveryMs = 1_000;

/** So many messages wait at most for that, and about so many characters of them. */
const waitingMax = 4_000;
const charactersMax = 16 * 1024 * 1024;

export type AudienceDeps = {
  readonly clock: Clock;
  /** Whether somebody listens to all that is told. Where that cannot be found out, somebody may. */
  readonly isHeard: () => Promise<boolean>;
  /** Whether events of the type start or wake something, as far as is known. */
  readonly isWanted: (type: OutboundType) => boolean;
  /** Resolves once what could be known when this was called is known. Rejects where that cannot be told now. */
  readonly settled: () => Promise<void>;
};

/** What becomes of messages. */
type Decided = { readonly tell: (stored: Stored) => void; readonly drop: (stored: Stored) => void };

/** Decides which messages are told, those of one run in their order: the journal has them, whether or not they are. */
export type Audience = {
  /**
   * Tells it at once where somebody is known to listen. Otherwise it waits until it has been looked whether anybody
   * does: whoever began to listen before it happened misses nothing.
   */
  readonly offer: (stored: Stored) => void;
  /** How many wait. */
  readonly waiting: () => number;
  /** Whether no more should. */
  readonly isFull: () => boolean;
};

/** What waits when the signal aborts is neither told nor dropped. */
export function createAudience(deps: AudienceDeps, decided: Decided, signal: AbortSignal): Audience {
  const { clock, isHeard, settled } = deps;
  const waiting = new Map<string, Stored[]>();
  let count = 0;
  let characters = 0;
  let latest = 0;
  let isThere = false;
  let isLooking = false;
  let lookedMs = Number.NEGATIVE_INFINITY;

  function offer(stored: Stored): void {
    latest = stored.position;
    keep(stored.run, [...(waiting.get(stored.run) ?? []), stored]);
    const isWanted = isWantedBy(deps, stored);
    // What comes first in a run is told first.
    if (isThere || isWanted) tellWaiting(stored.run);
    if (!isWanted) lookLater();
  }

  function lookLater(): void {
    if (isLooking || signal.aborted) return;
    isLooking = true;
    const ms = lookedMs + lookEveryMs - clock.steady();
    if (ms <= 0) void look();
    else clock.after(ms, () => void look());
  }

  async function look(): Promise<void> {
    if (signal.aborted) return;
    const until = latest;
    lookedMs = clock.steady();
    isThere = await isHeard().catch(() => true);
    const isKnown = isThere || (await isSettled());
    isLooking = false;
    if (signal.aborted) return;
    if (isKnown) for (const [run, stored] of [...waiting]) decide(run, stored, until);
    if (count > 0) lookLater();
  }

  /** Not where that takes long: meanwhile somebody may begin to listen. */
  async function isSettled(): Promise<boolean> {
    let isDone = false;
    const settling = settled().then(
      () => {
        isDone = true;
      },
      () => undefined,
    );
    await within(clock, lookEveryMs, settling);

    return isDone;
  }

  /** What came after it was looked is looked at the next time. */
  function decide(run: string, stored: readonly Stored[], until: number): void {
    if (isThere || stored.some((each) => isWantedBy(deps, each))) {
      tellWaiting(run);
      return;
    }
    const seen = stored.filter(({ position }) => position <= until);
    keep(run, stored.slice(seen.length));
    for (const each of seen) decided.drop(each);
  }

  function tellWaiting(run: string): void {
    const stored = waiting.get(run) ?? [];
    keep(run, []);
    for (const each of stored) decided.tell(each);
  }

  function keep(run: string, stored: Stored[]): void {
    const before = waiting.get(run) ?? [];
    count += stored.length - before.length;
    characters += charactersOf(stored) - charactersOf(before);
    if (stored.length === 0) waiting.delete(run);
    else waiting.set(run, stored);
  }

  return {
    offer,
    waiting: () => count,
    isFull: () => count >= waitingMax || characters >= charactersMax,
  };
}

function charactersOf(all: readonly Stored[]): number {
  return all.reduce((sum, { body }) => sum + body.length, 0);
}

const allTypes = Object.keys(outboundEvents) as readonly OutboundType[];

function isWantedBy({ isWanted }: AudienceDeps, stored: Stored): boolean {
  return typesOf(stored)?.some(isWanted) ?? true;
}

/** The types of what a message may be told as; undefined for what is no record: that is told of as trouble. */
function typesOf(stored: Stored): readonly OutboundType[] | undefined {
  if (stored.kind === 'foreign') return undefined;
  const { record } = stored;
  // What caused more transitions than it lists may be told as anything.
  if (record.data.omitted !== undefined) return allTypes;

  return tellingsOf(record, record.data.transitions).map(({ type }) => type);
}
