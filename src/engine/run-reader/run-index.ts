import type { JournalRecord } from '../../../events/record.ts';
import { headDamage, type LedgerHead, ledgerHead, rewrittenAt } from '../../../machines/audit/ledger.ts';
import { isSigned } from '../../../machines/run/record/record-text.ts';
import { countRuns, fitsFilter } from '../../../machines/run/record/run-filter.ts';
import {
  durationsOf,
  neighbourIds,
  pageOf,
  unfinishedLines,
} from '../../../machines/run/record/run-lines.ts';
import { isRunId } from '../../../machines/shard.ts';
import { mapAtOnce } from '../../lib/limit.ts';
import type { Damage, Journal, Stored } from '../../ports/runs/journal.ts';
import type { CurrentRuns, IndexCursor, KnownRuns, RunSummary } from '../../ports/runs/run-index.ts';

const readsAtOnce = 16;
/** Of runs that went on since the ledger heard of them, so many are looked at unless all are asked for. */
const movedMax = 500;

/** The runs as the last message of each tells, all of them read anew: where nothing keeps an index. */
export function runsInJournal(journal: Pick<Journal, 'lastOfEach' | 'read'>): CurrentRuns {
  const all = async (): Promise<readonly RunSummary[]> => {
    const lines: RunSummary[] = [];
    for await (const last of journal.lastOfEach()) {
      const line = await lineOfLast(journal, last);
      if (line !== undefined) lines.push(line);
    }

    return lines;
  };

  return {
    page: async (wanted) => pageOf(await all(), wanted),
    each: async function* (filter, order, after) {
      yield* pageOf(await all(), { filter, order, after, limit: Number.POSITIVE_INFINITY });
    },
    counts: async (filter = {}) => countRuns((await all()).filter(fitsFilter(filter))),
    known: async () => knownOf(await all()),
    unfinishedRuns: async (shards) => unfinishedLines(await all(), shards),
  };
}

function knownOf(lines: readonly RunSummary[]): KnownRuns {
  const byId = new Map(lines.map((line) => [line.run, line]));

  return {
    position: () => lines.reduce((last, { position }) => Math.max(last, position), 0),
    line: (run) => byId.get(run),
    neighbours: (run) => neighbourIds(byId.keys(), run),
    durations: (definition, limit) => durationsOf(lines, definition, limit),
  };
}

/** The place of a message, for who reads on from there. */
export function cursorAt({ position, run, ...stored }: Stored): IndexCursor {
  return { position, run, hash: stored.kind === 'record' ? stored.record.hash : '' };
}

/** A journal that is shorter, or has another record there, is not the one that was read. */
export async function isInJournal(
  journal: Pick<Journal, 'read'>,
  { position, run, hash }: IndexCursor,
  end: number,
): Promise<boolean> {
  if (run === '') return position === 0;
  if (position > end) return false;
  // The subject of a stranger cannot be read as that of a run: that the journal is as long has to do.
  if (!isRunId(run)) return true;
  for await (const stored of journal.read(run, { after: position - 1 }))
    return stored.position === position && cursorAt(stored).hash === hash;

  return false;
}

/** The run as its last record tells now; undefined where none of it is left, or where that is no record. */
export async function lastSummary(
  journal: Pick<Journal, 'last'>,
  run: string,
): Promise<RunSummary | 'unreadable' | undefined> {
  const last = await journal.last(run);
  if (last === undefined) return undefined;

  return last.kind === 'record' ? endSummary(last) : 'unreadable';
}

/** The run as its last message tells, at the place of that; undefined where none of the run is left. */
export async function lineOfLast(
  journal: Pick<Journal, 'read'>,
  last: Stored,
): Promise<RunSummary | undefined> {
  const summary = last.kind === 'record' ? endSummary(last) : await damagedSummary(journal, last.run);

  return summary && { ...summary, position: last.position };
}

/** What the last record tells of its run. */
export function endSummary({ record, body, position }: Extract<Stored, { kind: 'record' }>): RunSummary {
  const summary = summaryOf(record, position);
  if (isSigned(body, record.hash)) return summary;
  const message = 'the record was altered: its hash does not fit its content';

  return { ...summary, damage: { code: 'journal.altered', sequence: record.sequence, position, message } };
}

function summaryOf({ id, data, sequence, time }: JournalRecord, position: number): RunSummary {
  return { run: id.slice(0, id.lastIndexOf('/')), head: data.head, sequence, position, updatedAt: time };
}

/**
 * Lists a run whose last message is foreign by its last record before that. Subjects of no run are ignored, and so
 * are messages that name a run but are on another subject.
 */
async function damagedSummary(journal: Pick<Journal, 'read'>, run: string): Promise<RunSummary | undefined> {
  if (!isRunId(run)) return undefined;
  let summary: RunSummary | undefined;
  for await (const stored of journal.read(run)) {
    if (stored.kind === 'record') {
      summary = summaryOf(stored.record, stored.position);
    } else if (summary !== undefined) {
      const { position, reason } = stored;
      const message = `no record of this run: ${reason}`;
      return {
        ...summary,
        damage: { code: stored.code, sequence: summary.sequence + 1, position, message },
      };
    }
  }

  return undefined;
}

/** Undefined for a message that is no record: what is wrong with that is told by whoever reads the run. */
export function headOf(stored: Stored | undefined): LedgerHead | undefined {
  if (stored?.kind !== 'record') return undefined;
  const { run, position, record } = stored;

  return ledgerHead({ run, position, sequence: record.sequence, hash: record.hash });
}

/** Heads as they were known, and as they were read after that; undefined for a message that is no record. */
export type SeenHeads = {
  readonly heads: ReadonlyMap<string, LedgerHead>;
  readonly seen: ReadonlyMap<string, LedgerHead | undefined>;
};

/** What looks wrong is read once more: it may have been written while heads were read. */
export async function damagedRuns(
  journal: Journal,
  { heads, seen, whole }: SeenHeads & { readonly whole: boolean },
): Promise<readonly { readonly run: string; readonly damage: Damage }[]> {
  const suspects: LedgerHead[] = [];
  const moved: LedgerHead[] = [];
  for (const known of heads.values()) {
    const now = seen.get(known.run);
    if (now === undefined && seen.has(known.run)) continue;
    if (headDamage(known, now) !== undefined) suspects.push(known);
    else if (now !== undefined && now.sequence > known.sequence) moved.push(known);
  }
  const looks = [
    ...suspects.map((known) => async () => ({ run: known.run, damage: await lostOf(journal, known) })),
    ...moved
      .slice(0, whole ? undefined : movedMax)
      .map((known) => async () => ({ run: known.run, damage: await rewrittenOf(journal, known) })),
  ];
  const looked = await mapAtOnce(looks, readsAtOnce, (look) => look());

  return looked.flatMap(({ run, damage }) => (damage === undefined ? [] : [{ run, damage }]));
}

/** What is wrong with a run now, by its last message. */
export async function lostOf(journal: Journal, known: LedgerHead): Promise<Damage | undefined> {
  const last = await journal.last(known.run);

  return last?.kind === 'foreign' ? undefined : headDamage(known, headOf(last));
}

async function rewrittenOf(journal: Journal, known: LedgerHead): Promise<Damage | undefined> {
  for await (const stored of journal.read(known.run, { after: known.position - 1 }))
    return stored.kind === 'foreign' ? undefined : rewrittenAt(known, headOf(stored));

  return undefined;
}

/** Whether the journal has nothing of a run, of which it had. */
export async function hasLeft(journal: Pick<Journal, 'last'>, run: string): Promise<boolean> {
  return (await journal.last(run)) === undefined;
}
