import { sha256Hex } from '../../../machines/hash.ts';
import { type ArchivedRun, ArchiveUnavailable, type RunArchive } from '../../../src/ports/runs/archive.ts';
import { createMemoryRunArchive } from '../../../src/stores/memory/run-archive.ts';
import type { Link } from '../world/link.ts';
import type { World } from '../world/world.ts';

/** A folder of archived runs on a disk that all engines reach, and that may be away. */
export type ArchiveDisk = {
  /** The archive as a process reaches it: it may end before or after each segment that it writes. */
  readonly of: (link: Link) => RunArchive;
  /** What is on the disk, as the latest segment has it, whoever can read it. */
  readonly kept: (run: string) => (ArchivedRun & { readonly bodies: readonly string[] }) | undefined;
  readonly goAway: (forMs: number) => void;
  /** Whether it was away at any time since then, in virtual ms. */
  readonly wasAway: (sinceMs: number) => boolean;
};

/** Signatures cost more than all else here, and what they are worth is shown by the contract of archives. */
const signing = {
  keys: {
    current: async (from: string) => ({ key: 'simulated', publicKey: '', from, isCurrent: true }),
    sign: async (_key: string, digest: string) => sha256Hex(digest),
  },
  isSigned: () => true,
};

export function createArchiveDisk({ agenda, faults }: World): ArchiveDisk {
  const archive = createMemoryRunArchive(signing);
  const kept = new Map<string, ArchivedRun & { readonly bodies: readonly string[] }>();
  let awayUntilMs = 0;

  function refuseAway(): void {
    const isAway = faults.areOn() && agenda.nowMs() < awayUntilMs;
    if (isAway || faults.strikes('archive fails'))
      throw new ArchiveUnavailable('the folder of archived runs cannot be read');
  }

  return {
    kept: (run) => kept.get(run),
    goAway: (forMs) => {
      awayUntilMs = agenda.nowMs() + forMs;
    },
    wasAway: (sinceMs) => awayUntilMs > sinceMs,
    of: (link) => ({
      ...archive,
      find: async (run) => {
        refuseAway();
        return archive.find(run);
      },
      read: async function* (run) {
        refuseAway();
        yield* archive.read(run);
      },
      all: async function* () {
        refuseAway();
        yield* archive.all();
      },
      put: async (about, runs) => {
        refuseAway();
        const written: Parameters<RunArchive['put']>[1] extends AsyncIterable<infer Run> ? Run[] : never = [];
        for await (const run of runs) written.push(run);
        refuseAway();
        const segments: ReturnType<RunArchive['put']>[] = [];
        await link.act('write a segment of the archive', () => {
          for (const { messages, ...run } of written) {
            const bodies = run.kept === 'whole' ? messages.map(({ body }) => body) : [];
            kept.set(run.run, { ...run, bodies });
          }
          segments.push(archive.put(about, each(written)));
        });
        const [segment] = segments;
        if (segment === undefined) throw new Error('nothing was written');

        return segment;
      },
    }),
  };
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}
