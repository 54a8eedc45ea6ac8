import type { RunOrder, RunPlace, RunsFilter } from '../../../machines/run/record/run-filter.ts';
import { runOrders } from '../../../machines/run/record/run-filter.ts';
import type { RunsWanted } from '../../../machines/run/record/run-lines.ts';
import { mapAtOnce } from '../../lib/limit.ts';
import { onceForLater } from '../../lib/once.ts';
import { createSerialQueue, type SerialQueue } from '../../lib/serial-queue.ts';
import { createTurns } from '../../lib/turns.ts';
import type { ArchivedRun, RunArchive } from '../../ports/runs/archive.ts';
import type { Journal, Stored } from '../../ports/runs/journal.ts';
import {
  type CurrentRuns,
  type IndexCursor,
  type IndexedStream,
  type RunIndex,
  RunIndexCleared,
  type RunSummary,
} from '../../ports/runs/run-index.ts';
import { cursorAt, endSummary, hasLeft, isInJournal, lineOfLast } from '../run-reader/run-index.ts';

/** The journal, and the index that is kept to it. */
export type IndexedJournal = {
  readonly journal: Journal;
  readonly index: RunIndex;
  /** Runs that have left the journal; absent: none has. */
  readonly archive?: Pick<RunArchive, 'all'> | undefined;
  /** Which stream holds the journal, and when that was created: one that takes its place has another time. */
  readonly stream: () => Promise<{
    readonly stream: string;
    readonly created: string;
    /** Up to this position runs may have left the journal; absent: none has. */
    readonly carriedTo?: number;
  }>;
};

/** Rows that are put at a time. */
const batchMax = 1_000;
const replacedAtOnce = 16;
/** Rows that are read at a time. */
const pageMax = 500;
/** An index that is so far behind is brought up to date sooner by the last records of all runs. */
const behindMax = 100_000;

const nothingRead: IndexCursor = { position: 0, run: '', hash: '' };

/** The stream that is followed, and the epoch of the index that holds what comes before. */
export type StoodStream = Omit<IndexedStream, 'cursor'>;

/** Where following the journal begins, and whether the last record of every run was read for it. */
type Stand = { readonly position: number; readonly isAnew: boolean; readonly followed: StoodStream };

/** Of a process that both follows the journal and looks into it now and then, one of the two stands at a time. */
const turnsOf = new WeakMap<RunIndex, SerialQueue>();

/**
 * Looks whether the index is one of this journal, and makes it anew where it is not. Afterwards it holds what the
 * journal held up to the position. `onHead` is told of the last message of each run, where these have to be read.
 */
export function standIndex(
  source: IndexedJournal,
  onHead: (last: Stored) => void = () => undefined,
): Promise<Stand> {
  const turns = turnsOf.get(source.index) ?? createSerialQueue();
  turnsOf.set(source.index, turns);

  return turns.post(() => stand(source, onHead));
}

async function stand(source: IndexedJournal, onHead: (last: Stored) => void): Promise<Stand> {
  const { journal, index, stream } = source;
  const { carriedTo = 0, ...found } = await stream();
  const of = { ...found, epoch: await index.epoch() };
  const cursor = await index.cursor(of.stream, of.created);
  const end = await journal.end();
  const isKept = cursor !== undefined && (await isInJournal(journal, cursor, end));
  // What was not read before the journal was carried over may have left it: the archive tells.
  const isNear = isKept && end - cursor.position <= behindMax && cursor.position >= carriedTo;
  if (isNear) await noteDepartures(source, of, carriedTo);
  if (isNear) return { position: cursor.position, isAnew: false, followed: of };
  let followed = isKept ? of : { ...of, epoch: await index.clear() };
  let from = isKept ? cursor : nothingRead;
  for (;;) {
    try {
      return await putLastOfEach(source, { followed, from, end, onHead });
    } catch (error) {
      if (!(error instanceof RunIndexCleared)) throw error;
      // Not cleared once more: what is there by now was put since, and two processes would clear in turn for ever.
      followed = { ...of, epoch: await index.epoch() };
      from = nothingRead;
    }
  }
}

/** Runs that left while only others looked: once for each generation. */
async function noteDepartures(source: IndexedJournal, of: StoodStream, carriedTo: number): Promise<void> {
  const { index, archive } = source;
  if (carriedTo === 0 || archive === undefined) return;
  const stream = departuresOf(of.stream);
  const noted = (await index.cursor(stream, of.created))?.position ?? 0;
  if (noted >= carriedTo) return;
  await putArchived(source, archive);
  await index.put([], { ...of, stream, cursor: { ...nothingRead, position: carriedTo } });
}

/** The name under which the index keeps up to where it was told which runs have left. */
function departuresOf(stream: string): string {
  return `${stream} departures`;
}

type Anew = {
  readonly followed: StoodStream;
  readonly from: IndexCursor;
  readonly end: number;
  readonly onHead: (last: Stored) => void;
};

async function putLastOfEach(source: IndexedJournal, { followed, from, end, onHead }: Anew): Promise<Stand> {
  const { journal, index, archive } = source;
  let batch: RunSummary[] = [];
  let last = from;
  for await (const head of journal.lastOfEach()) {
    onHead(head);
    const line = await lineOfLast(journal, head);
    if (line !== undefined) batch.push(line);
    // What landed since may have moved other runs on that were read before.
    if (head.position <= end && head.position > last.position) last = cursorAt(head);
    if (batch.length >= batchMax) {
      await index.put(batch);
      batch = [];
    }
  }
  await index.put(batch);
  if (archive !== undefined) await putArchived(source, archive);
  await index.put([], { ...followed, cursor: last });

  return { position: last.position, isAnew: true, followed };
}

/** After those of the journal: a run that is in both has not left it. One whose row is older went since. */
async function putArchived(
  { journal, index }: IndexedJournal,
  archive: Pick<RunArchive, 'all'>,
): Promise<void> {
  let batch: ArchivedRun[] = [];
  for await (const archived of archive.all()) {
    const { position = 0, archived: isMarked } = index.line(archived.run) ?? {};
    if (position < archived.position) batch.push(archived);
    // A segment may have been written of a run that has stayed after all.
    else if (
      position === archived.position &&
      isMarked === undefined &&
      (await hasLeft(journal, archived.run))
    )
      await index.replace(archived.run, archivedLines(archived)[0]);
    if (batch.length < batchMax) continue;
    await markArchived(index, batch);
    batch = [];
  }
  await markArchived(index, batch);
}

/** None where nothing is kept of the run. */
function archivedLines({
  run,
  head,
  sequence,
  position,
  updatedAt,
  kept,
}: ArchivedRun): readonly RunSummary[] {
  return kept === 'nothing' ? [] : [{ run, head, sequence, position, updatedAt, archived: kept }];
}

/** The rows of runs that have just left the journal: marked, or taken away where nothing is kept. */
export async function markArchived(
  index: Pick<RunIndex, 'put' | 'replace'>,
  runs: readonly ArchivedRun[],
): Promise<void> {
  for (let from = 0; from < runs.length; from += batchMax)
    await index.put(runs.slice(from, from + batchMax).flatMap(archivedLines));
  const dropped = runs.filter(({ kept }) => kept === 'nothing');
  await mapAtOnce(dropped, replacedAtOnce, ({ run }) => index.replace(run, undefined));
}

/** Follows the journal with the index whenever it is asked, and not meanwhile: for a process that comes and goes. */
export function createCurrentRuns(source: IndexedJournal): CurrentRuns {
  const { index } = source;
  const catchUp = onceForLater(() => readAllBehind(source));
  const page = async (wanted: RunsWanted): Promise<readonly RunSummary[]> => {
    await catchUp();
    return index.page(wanted);
  };

  return {
    page,
    counts: async (filter) => {
      await catchUp();
      return index.counts(filter);
    },
    each: async function* (filter, order, after) {
      await catchUp();
      yield* eachRun(index, filter, order, after);
    },
    unfinishedRuns: async (shards) => {
      await catchUp();
      return index.unfinishedRuns(shards);
    },
    known: async () => {
      const position = await catchUp();
      return { ...index, position: () => position };
    },
  };
}

/** All runs that fit, behind a place where one is given, a page at a time. */
export async function* eachRun(
  index: Pick<RunIndex, 'page'>,
  filter: RunsFilter,
  order: RunOrder,
  after?: RunPlace,
): AsyncGenerator<RunSummary, void, undefined> {
  const { place } = runOrders[order];
  let page = await index.page({ filter, order, after, limit: pageMax });
  for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
    yield* page;
    if (page.length < pageMax) return;
    page = await index.page({ filter, order, limit: pageMax, after: place(last) });
  }
}

async function readAllBehind(source: IndexedJournal): Promise<number> {
  try {
    return await readBehind(source);
  } catch (error) {
    if (error instanceof RunIndexCleared) return readAllBehind(source);
    throw error;
  }
}

/** Puts what the journal holds behind the cursor. Resolves with the position of the last. */
async function readBehind(source: IndexedJournal): Promise<number> {
  const { journal, index } = source;
  const { position, followed } = await standIndex(source);
  const end = await journal.end();
  if (end <= position) return position;
  const over = new AbortController();
  const turn = createTurns();
  let batch = new Map<string, RunSummary>();
  let cursor: IndexCursor | undefined;
  const put = async (): Promise<void> => {
    if (cursor !== undefined) await index.put([...batch.values()], { ...followed, cursor });
    batch = new Map();
  };
  const onCaughtUp = (): void => over.abort();
  for await (const stored of journal.watch({ after: position, signal: over.signal, onCaughtUp })) {
    const line = lineAfter(stored, batch.get(stored.run) ?? index.line(stored.run));
    if (line !== undefined) batch.set(stored.run, line);
    cursor = cursorAt(stored);
    if (stored.position >= end) break;
    if (batch.size >= batchMax) await put();
    await turn();
  }
  await put();

  return end;
}

/** The run after a message that landed; undefined for one that says nothing of a run that is known. */
export function lineAfter(stored: Stored, before: RunSummary | undefined): RunSummary | undefined {
  const { position } = stored;
  if (stored.kind === 'record') return { ...endSummary(stored), position };
  if (before === undefined) return undefined;
  const message = `no record of this run: ${stored.reason}`;

  return {
    ...before,
    position,
    damage: { code: stored.code, sequence: before.sequence + 1, position, message },
  };
}
