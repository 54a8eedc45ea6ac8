import type { Board, Landed } from '../../ports/board.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Journal, Stored } from '../../ports/journal.ts';
import { messageOf } from '../../ports/message-of.ts';
import { createHearing } from './hearing.ts';
import { createRecent, type Recent } from './recent.ts';
import { createStanding, lineAfter, linesOfAll } from './standing.ts';

type BoardDeps = {
  readonly journal: Journal;
  readonly clock: Clock;
  /** Told in words when the journal could not be read: it is tried again until the board is closed. */
  readonly onTrouble: (message: string) => void;
};

const triedAgainMs = 1_000;

/** Reads the index of all runs, and then the journal from where it stood before that, until it is closed. */
export function createBoard({ journal, clock, onTrouble }: BoardDeps): Board {
  const standing = createStanding();
  const listeners = new Set<(landed: Landed) => void>();
  const closing = new AbortController();
  const { signal } = closing;
  let recent = createRecent(0);
  let position = 0;
  const hearing = createHearing({ journal, clock, signal, position: () => position });

  const land = (stored: Stored): void => {
    hearing.heard();
    position = stored.position;
    const landed = landedOf(stored, standing, recent);
    if (landed !== undefined) for (const listener of [...listeners]) listener(landed);
  };
  const stand = async (): Promise<void> => {
    // Asked for before the index is read: what lands meanwhile is told again, and nothing is left out.
    const end = await journal.end();
    for (const line of await linesOfAll(journal)) standing.put(line);
    recent = createRecent(end);
    position = end;
  };
  const watch = async (): Promise<void> => {
    const onCaughtUp = hearing.caughtUp;
    for await (const stored of journal.watch({ after: position, signal, onCaughtUp })) land(stored);
  };
  const patiently = async (act: () => Promise<void>): Promise<void> => {
    while (!signal.aborted) {
      try {
        await act();
        return;
      } catch (error) {
        hearing.lost();
        if (signal.aborted) return;
        onTrouble(`the list of runs is not kept up to date, it is tried again: ${messageOf(error)}`);
        await pause(clock, signal);
      }
    }
  };
  const ready = patiently(stand);
  const ended = ready.then(() => patiently(watch));

  return {
    ready,
    position: () => position,
    isLive: hearing.isLive,
    lines: standing.lines,
    line: standing.line,
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
    read: (run, options) => journal.read(run, options),
    close: async () => {
      closing.abort();
      await ended;
    },
  };
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

function landedOf(
  stored: Stored,
  standing: ReturnType<typeof createStanding>,
  recent: Recent,
): Landed | undefined {
  const { run, position } = stored;
  const line = lineAfter(stored, standing.line(run));
  if (line === undefined) return undefined;
  standing.put(line);
  if (stored.kind !== 'record') return undefined;
  const landed = { position, run, record: stored.record, line };
  recent.add(landed, stored.body.length);

  return landed;
}

function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      cancel();
      signal.removeEventListener('abort', over);
      resolve();
    };
    const cancel = clock.after(triedAgainMs, over);
    signal.addEventListener('abort', over);
  });
}
