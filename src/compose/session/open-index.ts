import { join } from 'node:path';
import { createCurrentRuns, type IndexedJournal } from '../../engine/board/index-keeper.ts';
import { messageOf } from '../../lib/text.ts';
import type { RunArchive } from '../../ports/runs/archive.ts';
import {
  type CurrentRuns,
  type RunIndex,
  RunIndexBroken,
  RunIndexCleared,
} from '../../ports/runs/run-index.ts';
import { type RunSql, SqlRefused } from '../../ports/runs/run-sql.ts';
import type { JetStreamHandle } from '../../stores/jetstream/connect.ts';
import { createMemoryRunIndex } from '../../stores/memory/run-index.ts';
import { systemClock } from '../system-clock.ts';
import { toldOfTrouble } from './open-archive.ts';
import { journalFileName } from './project-server.ts';

/** The index of the runs of a project, and what it is asked by. */
export type OpenedRuns = {
  readonly indexed: IndexedJournal & { readonly close: () => Promise<void> };
  readonly runs: CurrentRuns;
  readonly sql: RunSql;
};

export function openRuns(...asked: Parameters<typeof openIndexedJournal>): OpenedRuns {
  const { file, ...indexed } = openIndexedJournal(...asked);

  return {
    indexed: { ...indexed, close: async () => indexed.index.close() },
    sql: runSql(file),
    runs: createCurrentRuns(indexed),
  };
}

/** Where the index is in memory, nobody can ask it in SQL. */
function runSql(file: () => Promise<string | undefined>): RunSql {
  return {
    query: async (...asked) => {
      const path = await file();
      if (path === undefined)
        throw new SqlRefused('query.unavailable', 'the index of runs is not in a file here');
      const { createRunSql } = await import('../../stores/sqlite/run-sql.ts');
      return createRunSql(path, systemClock).query(...asked);
    },
  };
}

/** The journal with its index, which is opened when it is first needed: most commands do not ask for it. */
export function openIndexedJournal(
  projectDir: string,
  stream: Pick<JetStreamHandle, 'generations' | 'journal' | 'journalStream' | 'journalCreated' | 'url'> & {
    readonly archive?: RunArchive;
    /** How files about this journal are called; as the environment says without. */
    readonly fileName?: string;
  },
  onTrouble: (message: string) => void,
): IndexedJournal & Pick<OpenedLater, 'file'> {
  return {
    journal: stream.journal,
    archive: stream.archive && toldOfTrouble(stream.archive, onTrouble),
    ...openedLater(
      join(projectDir, '.3ox', 'index', stream.fileName ?? journalFileName(stream.url)),
      onTrouble,
    ),
    stream: async () => {
      const created = await stream.journalCreated();
      // Its index would be taken for that of another stream, and be cleared.
      if (created === undefined)
        throw new RunIndexBroken(`the journal ${stream.journalStream} is not there at the moment`);

      const { carriedTo } = await stream.generations.current();

      return { stream: stream.journalStream, created, carriedTo };
    },
  };
}

type OnTrouble = (message: string) => void;
type Opened = {
  readonly index: RunIndex;
  /** Undefined where it is in memory. */
  readonly path?: string;
  /** It took the place of one that turned out to be damaged. */
  readonly isAnew?: boolean;
};

/**
 * `base`: the file without its end. Where there can be none, because of the platform or of the folder, everything is
 * kept in memory.
 */
async function openFile(base: string, onTrouble: OnTrouble): Promise<Opened> {
  try {
    const { openRunIndex, schemaFile } = await import('../../stores/sqlite/open-run-index.ts');
    const path = schemaFile(base);
    return { index: await openRunIndex(path, onTrouble), path };
  } catch (error) {
    return openMemory(error, onTrouble);
  }
}

/** In the place of an index that broke while it was used. */
async function openInPlace(
  { path, isAnew }: Opened,
  error: RunIndexBroken,
  onTrouble: OnTrouble,
): Promise<Opened> {
  if (error.reason !== 'damaged' || isAnew || path === undefined) return openMemory(error, onTrouble);
  try {
    const { makeRunIndexAnew } = await import('../../stores/sqlite/open-run-index.ts');
    return { index: await makeRunIndexAnew(path, error, onTrouble), path, isAnew: true };
  } catch (again) {
    return openMemory(again, onTrouble);
  }
}

function openMemory(error: unknown, onTrouble: OnTrouble): Opened {
  onTrouble(`the index of runs is kept in memory and made anew at every start: ${messageOf(error)}`);
  return { index: createMemoryRunIndex() };
}

type OpenedLater = {
  readonly index: RunIndex;
  /** The file that holds the index; undefined where it is in memory. */
  readonly file: () => Promise<string | undefined>;
};

/** What is asked at once finds nothing before it is open: whoever asks so has waited for the index before. */
function openedLater(base: string, onTrouble: OnTrouble): OpenedLater {
  const all = new Set<RunIndex>();
  let opening: Promise<Opened> | undefined;
  let opened: Opened | undefined;
  let left: Opened | undefined;
  const get = async (): Promise<Opened> => {
    opening ??= openFile(base, onTrouble);
    opened = await opening;
    all.add(opened.index);
    return opened;
  };
  /** Whoever asked has to stand on the one that takes its place: there is nothing in it yet. */
  const replace = (used: Opened, error: unknown): never => {
    if (!(error instanceof RunIndexBroken) || error.reason === 'other') throw error;
    // Closed with the others at the end: something may be asked of it still.
    if (left !== used && opened === used) opening = openInPlace(used, error, onTrouble);
    left = used;
    throw new RunIndexCleared();
  };
  const ask = async <Answer>(act: (index: RunIndex) => Promise<Answer>): Promise<Answer> => {
    const used = await get();
    return act(used.index).catch((error: unknown) => replace(used, error));
  };
  const askNow = <Answer>(act: (index: RunIndex) => Answer): Answer | undefined => {
    if (opened === undefined) return undefined;
    try {
      return act(opened.index);
    } catch (error) {
      return replace(opened, error);
    }
  };

  return { file: async () => (await get()).path, index: indexAsked(ask, askNow, () => closeAll(all)) };
}

function closeAll(all: Set<RunIndex>): void {
  for (const index of all) index.close();
  all.clear();
}

function indexAsked(
  ask: <Answer>(act: (index: RunIndex) => Promise<Answer>) => Promise<Answer>,
  askNow: <Answer>(act: (index: RunIndex) => Answer) => Answer | undefined,
  close: () => void,
): RunIndex {
  return {
    epoch: () => ask((index) => index.epoch()),
    cursor: (...asked) => ask((index) => index.cursor(...asked)),
    put: (...asked) => ask((index) => index.put(...asked)),
    replace: (...asked) => ask((index) => index.replace(...asked)),
    mark: (...asked) => ask((index) => index.mark(...asked)),
    page: (...asked) => ask((index) => index.page(...asked)),
    counts: (...asked) => ask((index) => index.counts(...asked)),
    unfinishedRuns: (...asked) => ask((index) => index.unfinishedRuns(...asked)),
    clear: () => ask((index) => index.clear()),
    line: (...asked) => askNow((index) => index.line(...asked)),
    neighbours: (...asked) => askNow((index) => index.neighbours(...asked)) ?? [],
    durations: (...asked) => askNow((index) => index.durations(...asked)) ?? [],
    close,
  };
}
