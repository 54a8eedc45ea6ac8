import { type ArchivedRun, type RunArchive, RunArchived } from '../../ports/runs/archive.ts';
import type { Journal, Stored } from '../../ports/runs/journal.ts';

/** What is known of a run that has left the journal; undefined for one that is there, or never was. */
export type FindArchived = (run: string) => Promise<ArchivedRun | undefined>;

/**
 * The archive is asked first: it answers from this machine, and has few of the runs that are worked on. What becomes of
 * it keeps nobody from working on a run that is in the journal.
 */
export function findArchived(
  journal: Pick<Journal, 'last'>,
  archive: Pick<RunArchive, 'find'> | undefined,
): FindArchived {
  return async (run) => {
    const isThere = async () => (await journal.last(run)) !== undefined;
    const found = await archive?.find(run).catch(async (error: unknown) => {
      if (await isThere()) return undefined;
      throw error;
    });

    // A process that died between archiving a run and leaving it behind has left it in both.
    return found === undefined || (await isThere()) ? undefined : found;
  };
}

/**
 * The journal as readers of single runs see it: where it has nothing of a run, the archive tells it as the journal did.
 * Reading rejects with RunArchived where the archive does not hold the whole run, and as the archive does.
 */
export function withArchive(journal: Journal, archive: RunArchive | undefined): Journal {
  if (archive === undefined) return journal;
  const archived = findArchived(journal, archive);

  async function* readArchived(run: string, after: number): AsyncGenerator<Stored> {
    const found = await archived(run);
    if (found === undefined || archive === undefined) return;
    if (found.kept !== 'whole') throw new RunArchived(found);
    for await (const stored of archive.read(run)) if (stored.position > after) yield stored;
  }

  return {
    ...journal,
    read: async function* (run, options) {
      let isThere = false;
      for await (const stored of journal.read(run, options)) {
        isThere = true;
        yield stored;
      }
      if (!isThere) yield* readArchived(run, options?.after ?? 0);
    },
    last: async (run) => {
      const last = await journal.last(run);
      if (last !== undefined || (await archive.find(run))?.kept !== 'whole') return last;
      let latest: Stored | undefined;
      for await (const stored of archive.read(run)) latest = stored;

      return latest;
    },
    watch: async function* (options) {
      let { after } = options;
      if (options.run !== undefined && after !== undefined)
        for await (const stored of readArchived(options.run, after)) {
          after = stored.position;
          yield stored;
        }
      yield* journal.watch({ ...options, ...(after === undefined ? {} : { after }) });
    },
  };
}
