import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../../../machines/hash.ts';
import { createCurrentRuns, type IndexedJournal } from '../../engine/board/index-keeper.ts';
import { once } from '../../lib/once.ts';
import { messageOf } from '../../lib/text.ts';
import { type CurrentRuns, type RunIndex, RunIndexBroken } from '../../ports/runs/run-index.ts';
import { type RunSql, SqlRefused } from '../../ports/runs/run-sql.ts';
import type { JetStreamHandle } from '../../stores/jetstream/connect.ts';
import { createMemoryRunIndex } from '../../stores/memory/run-index.ts';
import { systemClock } from '../system-clock.ts';

/** The file of the index of the journal that this project uses: that of another server or namespace has its own. */
function indexFile(projectDir: string, { url }: Pick<JetStreamHandle, 'url'>): string {
  const server = (process.env['NATS_URL'] ?? '') === '' ? 'own' : sha256Hex(url).slice(0, 12);

  return join(projectDir, '.3ox', 'index', `${server}-${process.env['WORKFLOW_NAMESPACE'] ?? 'default'}.db`);
}

/** The index of the runs of a project, and what it is asked by. */
export type OpenedRuns = {
  readonly indexed: IndexedJournal & { readonly close: () => Promise<void> };
  readonly runs: CurrentRuns;
  readonly sql: RunSql;
};

export function openRuns(...asked: Parameters<typeof openIndexedJournal>): OpenedRuns {
  const indexed = openIndexedJournal(...asked);

  return {
    indexed: { ...indexed, close: async () => indexed.index.close() },
    sql: runSql(asked[0], asked[1]),
    runs: createCurrentRuns(indexed),
  };
}

/** Where the index is in memory, nobody can ask it in SQL. */
function runSql(projectDir: string, stream: Pick<JetStreamHandle, 'url'>): RunSql {
  return {
    query: async (...asked) => {
      const path = indexFile(projectDir, stream);
      if (!existsSync(path))
        throw new SqlRefused('query.unavailable', 'the index of runs is not in a file here');
      const { createRunSql } = await import('../../stores/sqlite/run-sql.ts');
      return createRunSql(path, systemClock).query(...asked);
    },
  };
}

/** The journal with its index, which is opened when it is first needed: most commands do not ask for it. */
export function openIndexedJournal(
  projectDir: string,
  stream: Pick<JetStreamHandle, 'journal' | 'journalStream' | 'journalCreated' | 'url'>,
  onTrouble: (message: string) => void,
): IndexedJournal {
  const open = once(() => openFile(indexFile(projectDir, stream), onTrouble));

  return {
    journal: stream.journal,
    index: openedLater(open),
    stream: async () => {
      const created = await stream.journalCreated();
      // Its index would be taken for that of another stream, and be cleared.
      if (created === undefined)
        throw new RunIndexBroken(`the journal ${stream.journalStream} is not there at the moment`);

      return { stream: stream.journalStream, created };
    },
  };
}

/** Where there can be no file, because of the platform or of the folder, everything is kept in memory. */
async function openFile(path: string, onTrouble: (message: string) => void): Promise<RunIndex> {
  try {
    const { openRunIndex } = await import('../../stores/sqlite/open-run-index.ts');
    return await openRunIndex(path, onTrouble);
  } catch (error) {
    onTrouble(`the index of runs is kept in memory and made anew at every start: ${messageOf(error)}`);
    return createMemoryRunIndex();
  }
}

/** What is asked at once finds nothing before it is open: whoever asks so has waited for the index before. */
function openedLater(open: () => Promise<RunIndex>): RunIndex {
  let opened: RunIndex | undefined;
  const get = async (): Promise<RunIndex> => {
    opened = await open();
    return opened;
  };

  return {
    epoch: async () => (await get()).epoch(),
    cursor: async (...asked) => (await get()).cursor(...asked),
    put: async (...asked) => (await get()).put(...asked),
    replace: async (...asked) => (await get()).replace(...asked),
    mark: async (...asked) => (await get()).mark(...asked),
    page: async (...asked) => (await get()).page(...asked),
    counts: async (...asked) => (await get()).counts(...asked),
    unfinishedRuns: async (...asked) => (await get()).unfinishedRuns(...asked),
    clear: async () => (await get()).clear(),
    line: (...asked) => opened?.line(...asked),
    neighbours: (...asked) => opened?.neighbours(...asked) ?? [],
    durations: (...asked) => opened?.durations(...asked) ?? [],
    close: () => opened?.close(),
  };
}
