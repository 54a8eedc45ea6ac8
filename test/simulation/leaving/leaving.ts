import type { Policy } from '../../../machines/retention/due-runs.ts';
import type { IndexedJournal } from '../../../src/engine/board/index-keeper.ts';
import type { RunArchive } from '../../../src/ports/runs/archive.ts';
import type { JournalGenerations } from '../../../src/ports/runs/generations.ts';
import { type Journal, JournalUnavailable } from '../../../src/ports/runs/journal.ts';
import type { RunIndex } from '../../../src/ports/runs/run-index.ts';
import { createMemoryRunIndex } from '../../../src/stores/memory/run-index.ts';
import type { Court } from '../laws/court.ts';
import type { LeaseServer } from '../world/leases.ts';
import type { LedgerDisk } from '../world/ledger-disk.ts';
import type { Link } from '../world/link.ts';
import type { Kept } from '../world/stores.ts';
import type { Stream } from '../world/stream.ts';
import type { World } from '../world/world.ts';
import { type ArchiveDisk, createArchiveDisk } from './archive-disk.ts';
import { createGenerationServer } from './generations.ts';
import { createLeavingLaw, type LeavingLaw } from './law.ts';

/** A world in which runs leave the journal: where they go, by which rules, and what has to hold for it. */
export type Leaving = {
  readonly archive: ArchiveDisk;
  readonly law: LeavingLaw;
  /** How long runs stay whose definition says nothing. */
  readonly usual: Policy;
  /** Up to where everybody who follows the journal was told. */
  readonly told: () => number;
  /** Engine processes that know nothing of generations, as those of an earlier release. */
  readonly older: Set<string>;
  readonly of: (link: Link) => LeavingOf;
};

/** What a process knows and does about runs that left. */
export type LeavingOf = {
  readonly archive: RunArchive;
  readonly generations: JournalGenerations;
  /** The journal with the index that this machine keeps. */
  readonly indexed: (journal: Journal) => IndexedJournal;
};

type Deps = {
  readonly world: World;
  readonly stream: Stream;
  readonly court: Court;
  readonly disk: LedgerDisk;
  readonly kept: Kept;
  readonly leases: LeaseServer;
  /** The engine processes that run. */
  readonly alive: ReadonlySet<string>;
  /** The machine that a process runs on. */
  readonly hostOf: (process: string) => string;
};

/** When the journal was created: every generation has the time of the first one. */
export const created = '2026-01-01T00:00:00Z';

export function createLeaving({ hostOf, leases, alive, ...deps }: Deps): Leaving {
  const { world, stream, court } = deps;
  const { agenda, random } = world;
  const older = new Set<string>();
  const archive = createArchiveDisk(world);
  const indexes = new Map<string, RunIndex>();
  const told = createFollowers(world, stream);
  const after = random.pick(['archive', 'archive', 'archive', 'keep_head', 'drop'] as const);
  const usual = { retention: { keepMs: random.between(2_000, 30_000), after }, of: 'serve.yaml' };

  function indexOf({ name }: Link): RunIndex {
    const host = hostOf(name);
    const index = indexes.get(host) ?? createMemoryRunIndex();
    indexes.set(host, index);

    return index;
  }

  const olderSinceMs = () => {
    const isThere = ([name]: readonly [string, number]) => older.has(name) && alive.has(name);

    return new Map([...leases.heldSince()].filter(isThere));
  };
  const law = createLeavingLaw({ ...deps, archive, usual, told, indexOf, olderSinceMs });
  stream.onStored(({ run }) => {
    const begun = court.docket(run)?.run();
    if (begun?.sequence === 1 && begun.state.erasureKey !== undefined) law.seals(run, Date.parse(begun.time));
  });
  const generations = createGenerationServer(world, stream, { onBegin: law.begins, onLeave: law.leaves });

  return {
    ...{ archive, law, usual, told, older },
    of: (link) => {
      const own = generations.of(link);
      const unavailable = (error: Error) => new JournalUnavailable(error.message, { cause: error });
      const kept = archive.of(link);

      return {
        archive: kept,
        generations: own,
        indexed: (journal) => ({
          journal,
          archive: kept,
          // Each process has the file open by itself: what one of them waits for keeps no other one up.
          index: { ...indexOf(link) },
          stream: async () => {
            await link.askPatiently('when the journal was created', () => created, unavailable);
            const { carriedTo } = await own.current();

            return { stream: 'journal', created, carriedTo };
          },
        }),
      };
    },
  };

  function createFollowers({ faults }: World, { length }: Stream): () => number {
    let position = 0;
    const look = (): void => {
      position = length();
      agenda.after(faults.areOn() ? random.between(500, 12_000) : 500, look);
    };
    agenda.after(1_000, look);

    return () => position;
  }
}
