import type { DefinitionRef } from '../../../events/run-events.ts';
import { createSerialQueue } from '../../lib/serial-queue.ts';
import { messageOf } from '../../lib/text.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import type { Damage } from '../../ports/runs/journal.ts';
import { type IndexCursor, RunIndexCleared } from '../../ports/runs/run-index.ts';
import type { IndexedJournal, StoodStream } from './index-keeper.ts';

/** So long what landed waits for more that is put with it. */
const putAfterMs = 100;
const triedAgainMs = 1_000;

type StandingDeps = {
  readonly index: IndexedJournal['index'];
  readonly clock: Clock;
  /** Told in words when the index cannot be written: what landed stays in memory until it can. */
  readonly onTrouble: (message: string) => void;
  /** Told when another process has cleared the index: nothing is put until it stands again. */
  readonly onCleared: () => void;
};

/** The lines of all runs: those under way in memory, and of the others what is not put yet; the index has the rest. */
export type Standing = {
  readonly line: (run: string) => BoardLine | undefined;
  readonly neighbours: (run: string) => readonly string[];
  /** Those that have not ended, those that changed last first. */
  readonly live: () => readonly BoardLine[];
  /** A line that is as new as the one that is there is left out. `cursor`: up to where everything was put. */
  readonly put: (line: BoardLine | undefined, cursor: IndexCursor) => void;
  /** Runs that have lost events, whatever their last message tells. */
  readonly mark: (damaged: ReadonlyMap<string, Damage>) => Promise<void>;
  /** Takes what is under way from the index, in the place of what was known, and goes on with that stream. */
  readonly stand: (followed: StoodStream) => Promise<void>;
  /** Resolves when all that was put is in the index. */
  readonly flush: () => Promise<void>;
};

/** A map keeps the order in which its keys were put in: to put one in anew is to make it the latest. */
export function createStanding({ index, clock, onTrouble, onCleared }: StandingDeps): Standing {
  const live = new Map<string, BoardLine>();
  const turns = createSerialQueue();
  let pending = new Map<string, BoardLine>();
  let writing: ReadonlyMap<string, BoardLine> = new Map();
  let followed: StoodStream | undefined;
  let cursor: IndexCursor | undefined;
  let latestFirst: readonly BoardLine[] | undefined;
  let marked: ReadonlyMap<string, Damage> = new Map();
  let isDue = false;
  let trouble = '';
  const withMark = (line: BoardLine): BoardLine => {
    const damage = line.damage ?? marked.get(line.run);
    return damage === undefined ? line : { ...line, damage };
  };
  /** Each record was read on its own: twenty thousand runs of one definition would name it as often. */
  const definitions = new Map<string, DefinitionRef>();
  const withSharedDefinition = (line: BoardLine): BoardLine => {
    const own = line.head.definition;
    const shared = definitions.get(own.hash) ?? own;
    definitions.set(own.hash, shared);
    return { ...line, head: { ...line.head, definition: shared } };
  };
  const known = (run: string) => pending.get(run) ?? live.get(run) ?? writing.get(run) ?? index.line(run);
  const putPending = async (): Promise<void> => {
    if (cursor === undefined || followed === undefined) return;
    const read = { ...followed, cursor };
    writing = pending;
    pending = new Map();
    cursor = undefined;
    try {
      await index.put([...writing.values()], read);
      trouble = '';
    } catch (error) {
      pending = new Map([...writing, ...pending]);
      cursor ??= read.cursor;
      if (error instanceof RunIndexCleared) return onCleared();
      const message = `the index of runs cannot be written, it is tried again: ${messageOf(error)}`;
      if (message !== trouble) onTrouble(message);
      trouble = message;
      flushAfter(triedAgainMs);
    } finally {
      writing = new Map();
    }
  };
  const flushAfter = (ms: number): void => {
    if (isDue) return;
    isDue = true;
    clock.after(ms, () => {
      isDue = false;
      void turns.post(putPending);
    });
  };

  return {
    line: (run) => {
      const line = known(run);
      return line && withMark(line);
    },
    neighbours: (run) => {
      let [before, after] = ['', ''];
      for (const id of [...index.neighbours(run), ...pending.keys(), ...writing.keys()]) {
        if (id < run && id > before) before = id;
        if (id > run && (after === '' || id < after)) after = id;
      }
      return [before, after].filter((id) => id !== '');
    },
    live: () => {
      latestFirst ??= Array.from(live.values(), withMark).reverse();
      return latestFirst;
    },
    put: (line, read) => {
      cursor = read;
      flushAfter(putAfterMs);
      if (line === undefined || (known(line.run)?.position ?? 0) >= line.position) return;
      live.delete(line.run);
      if (line.head.endedAt === undefined) live.set(line.run, withSharedDefinition(line));
      pending.set(line.run, line);
      latestFirst = undefined;
    },
    mark: async (damaged) => {
      marked = damaged;
      latestFirst = undefined;
      await turns.post(() => index.mark(damaged));
    },
    // Behind what is being put: that would come back with a cursor of the stream that was followed before.
    stand: (next) =>
      turns.post(async () => {
        pending = new Map();
        cursor = undefined;
        followed = next;
        live.clear();
        definitions.clear();
        for (const line of (await index.unfinishedRuns()).toReversed()) {
          live.set(line.run, withSharedDefinition(line));
        }
        latestFirst = undefined;
      }),
    flush: () => turns.post(putPending),
  };
}
