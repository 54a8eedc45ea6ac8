import { pausing } from '../../lib/abort.ts';
import { retryUntilDone } from '../../lib/retry.ts';
import { messageOf } from '../../lib/text.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Board, Landed } from '../../ports/runs/board.ts';
import type { Damage, Journal, Stored } from '../../ports/runs/journal.ts';
import type { Ledger } from '../../ports/runs/ledger.ts';
import { RunIndexCleared, type RunQueries } from '../../ports/runs/run-index.ts';
import { cursorAt, headOf, lastSummary } from '../run-reader/run-index.ts';
import { eachRun, type IndexedJournal, lineAfter, standIndex } from './index-keeper.ts';
import { createStanding, type Standing } from './latest-heads.ts';

const landedMax = 4_000;
/** So many that are forgotten may stay in memory until they are taken out. */
const forgottenMax = 16;
/** About as many characters of records are kept at most. */
const charactersMax = 8 * 1024 * 1024;

const askedEveryMs = 5_000;
const answeredWithinMs = 2_000;

type BoardDeps = IndexedJournal & {
  readonly clock: Clock;
  /** Told in words when the journal could not be read: it is tried again until the board is closed. */
  readonly onTrouble: (message: string) => void;
  /** Told of every head, and asked whether something is missing. */
  readonly ledger?: Ledger | undefined;
};

const triedAgainMs = 1_000;

/** Takes up the index where it was left, and follows the journal from there until it is closed. */
export function createBoard({ clock, onTrouble, ledger, ...source }: BoardDeps): Board {
  const { journal, index } = source;
  const listeners = new Set<(landed: Landed) => void>();
  const closing = new AbortController();
  const { signal } = closing;
  let recent = createRecent(0);
  let position = 0;
  let watching = new AbortController();
  let isOutdated = false;
  let caughtUp = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    caughtUp = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const standAnew = (): void => {
    isOutdated = true;
    watching.abort();
  };
  const standing = createStanding({ index, clock, onTrouble, onCleared: standAnew });
  const hearing = createHearing({ journal, clock, signal, position: () => position, onShorter: standAnew });
  const forgetReports = ledger?.onReport(({ damaged }) => {
    void markLost({ journal, index, standing }, damaged).catch(untold(onTrouble));
  });

  const land = (stored: Stored): void => {
    hearing.heard();
    position = stored.position;
    const head = headOf(stored);
    if (head !== undefined) ledger?.note(head);
    const landed = landedOf(stored, standing, recent);
    if (landed !== undefined) for (const listener of [...listeners]) listener(landed);
  };
  const stand = async (): Promise<void> => {
    // Asked for before the index is read: what lands meanwhile is told again, and nothing is left out.
    const compared = await ledger?.begin().catch(uncompared(onTrouble));
    const end = await journal.end();
    const { position: from, isAnew, followed } = await standIndex(source, compared?.saw);
    await standing.stand(followed);
    recent = createRecent(from);
    position = from;
    isOutdated = false;
    if (isAnew) await compared?.finish(end);
    // Nobody waits for it: all last records have to be read.
    else void ledger?.check().catch(uncompared(onTrouble));
  };
  const watch = async (): Promise<void> => {
    if (isOutdated) await stand();
    watching = new AbortController();
    const until = AbortSignal.any([signal, watching.signal]);
    const onCaughtUp = (): void => {
      hearing.caughtUp();
      caughtUp();
    };
    for await (const stored of journal.watch({ after: position, signal: until, onCaughtUp })) land(stored);
    if (!signal.aborted) await watch();
  };
  const untilDone = (act: () => Promise<void>): Promise<void> =>
    retryUntilDone(
      async () => {
        if (!signal.aborted) await act();
      },
      async (error) => {
        hearing.lost();
        if (signal.aborted) return;
        onTrouble(`the list of runs is not kept up to date, it is tried again: ${messageOf(error)}`);
        await pausing(clock, triedAgainMs, signal);
      },
    );
  const asked = askedOf({ index, standing, standAnew });
  const ended = untilDone(stand).then(() => untilDone(watch));

  return {
    ready,
    position: () => position,
    isLive: hearing.isLive,
    live: standing.live,
    line: standing.line,
    ...asked,
    each: (filter, order) => eachRun(asked, filter, order),
    durations: index.durations,
    neighbours: standing.neighbours,
    onLanded: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    since: (after) => recent.since(after),
    before: (after, until) =>
      landedBefore(journal, {
        after,
        signal: AbortSignal.any([signal, until]),
        isKnown: (at) => recent.since(at) !== undefined,
      }),
    end: () => journal.end(),
    close: async () => {
      closing.abort();
      forgetReports?.();
      await ended;
      await standing.flush();
    },
  };
}

type Asked = Pick<IndexedJournal, 'index'> & { readonly standing: Standing; readonly standAnew: () => void };

function askedOf({ index, standing, standAnew }: Asked): RunQueries {
  /** Nothing may land for long: who finds the index cleared is the first to know. */
  const clearedSeen = (error: unknown): never => {
    if (error instanceof RunIndexCleared) standAnew();
    throw error;
  };

  return {
    page: async (wanted) => {
      await standing.flush();
      return index.page(wanted).catch(clearedSeen);
    },
    counts: async (filter) => {
      await standing.flush();
      return index.counts(filter).catch(clearedSeen);
    },
  };
}

function uncompared(onTrouble: BoardDeps['onTrouble']): (error: unknown) => undefined {
  return (error) => void onTrouble(`the journal is not compared with its ledger: ${messageOf(error)}`);
}

type Before = {
  readonly after: number;
  readonly signal: AbortSignal;
  readonly isKnown: (position: number) => boolean;
};

async function* landedBefore(
  journal: Journal,
  { after, signal, isKnown }: Before,
): AsyncGenerator<Landed, void, undefined> {
  for await (const stored of journal.watch({ after, signal })) {
    const line = lineAfter(stored, undefined);
    const { run, position } = stored;
    if (stored.kind === 'record' && line !== undefined) yield { position, run, record: stored.record, line };
    if (isKnown(position)) return;
  }
}

function landedOf(stored: Stored, standing: Standing, recent: Recent): Landed | undefined {
  const { run, position } = stored;
  const line = lineAfter(stored, standing.line(run));
  standing.put(line, cursorAt(stored));
  if (line === undefined || stored.kind !== 'record') return undefined;
  const landed = { position, run, record: stored.record, line };
  recent.add(landed, stored.body.length);

  return landed;
}

type Marking = Pick<IndexedJournal, 'journal' | 'index'> & { readonly standing: Standing };

/** The journal may hold less of a run than the index: that is taken back. What it has lost is said of what it holds. */
async function markLost(
  { journal, index, standing }: Marking,
  damaged: readonly { readonly run: string; readonly damage: Damage }[],
): Promise<void> {
  await standing.flush();
  for (const { run } of damaged) {
    const last = await lastSummary(journal, run);
    const known = index.line(run);
    if (known === undefined || last === 'unreadable') continue;
    if (last === undefined || known.position > last.position) await index.replace(run, last);
  }
  await standing.mark(new Map(damaged.map(({ run, damage }) => [run, damage])));
}

function untold(onTrouble: BoardDeps['onTrouble']): (error: unknown) => void {
  return (error) => onTrouble(`what the journal has lost is not on the list of runs: ${messageOf(error)}`);
}

/** Whether the one who follows the journal hears of what lands now. */
type Hearing = {
  readonly isLive: () => boolean;
  readonly caughtUp: () => void;
  readonly heard: () => void;
  readonly lost: () => void;
};

type HearingDeps = {
  readonly journal: Pick<Journal, 'end'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How far it has heard. */
  readonly position: () => number;
  /** The journal ends before what was heard: a server came back with less than it had. */
  readonly onShorter: () => void;
};

/**
 * A connection that broke says nothing, and neither does a journal in which nothing happens. So the journal is asked
 * now and then for its end: it is live when the answer comes soon, and is no more than was heard by the next time.
 */
function createHearing({ journal, clock, signal, position, onShorter }: HearingDeps): Hearing {
  let isCaughtUp = false;
  let isAnswered = true;
  let expected = 0;

  const ask = (): void => {
    if (signal.aborted) return;
    const heard = position();
    const isBehind = heard < expected;
    const cancelDoubt = clock.after(answeredWithinMs, () => {
      isAnswered = false;
    });
    journal.end().then(
      (end) => {
        cancelDoubt();
        isAnswered = !isBehind;
        expected = end;
        if (end < heard) onShorter();
        again();
      },
      () => {
        cancelDoubt();
        isAnswered = false;
        again();
      },
    );
  };
  const again = (): void => {
    if (signal.aborted) return;
    const cancel = clock.after(askedEveryMs, ask);
    signal.addEventListener('abort', cancel, { once: true });
    cancelLast();
    cancelLast = () => signal.removeEventListener('abort', cancel);
  };
  let cancelLast = (): void => {};
  again();

  return {
    isLive: () => isCaughtUp && isAnswered && !signal.aborted,
    caughtUp: () => {
      isCaughtUp = true;
    },
    heard: () => {
      isAnswered = true;
    },
    lost: () => {
      isCaughtUp = false;
    },
  };
}

/** What landed lately, in order. */
type Recent = {
  readonly add: (landed: Landed, characters: number) => void;
  /** What landed behind a position; undefined where some of that is not kept any more. */
  readonly since: (position: number) => readonly Landed[] | undefined;
};

type Entry = { readonly landed: Landed; readonly characters: number };

/** Keeps the last 4,000 records, or less where they are large. `floor`: the position behind which it begins. */
export function createRecent(floor: number): Recent {
  let entries: Entry[] = [];
  /** Before it, nothing of `entries` counts any more: they are taken out many at a time. */
  let first = 0;
  let characters = 0;
  let from = floor;

  const forget = (): void => {
    const entry = entries[first];
    if (entry === undefined) return;
    from = entry.landed.position;
    characters -= entry.characters;
    first++;
    if (first < forgottenMax) return;
    entries = entries.slice(first);
    first = 0;
  };

  return {
    add: (landed, size) => {
      entries.push({ landed, characters: size });
      characters += size;
      while (entries.length - first > landedMax || characters > charactersMax) forget();
    },
    since: (position) =>
      position < from
        ? undefined
        : entries.slice(firstBehind(entries, position, first)).map(({ landed }) => landed),
  };
}

function firstBehind(entries: readonly Entry[], position: number, from: number): number {
  let low = from;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.landed.position ?? Number.POSITIVE_INFINITY) > position) high = middle;
    else low = middle + 1;
  }

  return low;
}
