import { JournalDamaged } from '../../../machines/run/record/fold.ts';
import { readSnapshot, type Snapshot } from '../../../machines/run/record/snapshot.ts';
import type { Journal, Stored } from '../../ports/runs/journal.ts';
import type { Snapshots } from '../../ports/runs/snapshots.ts';

type StoredRecord = Extract<Stored, { kind: 'record' }>;

/**
 * The snapshot of a run with the record at its position; undefined if there is none that fits: it is unreadable, of
 * another run, later than `until`, or the journal differs there. Rejects with JournalDamaged if the snapshot holds
 * events that the journal lost.
 */
export async function fittingSnapshot(
  journal: Journal,
  snapshots: Snapshots,
  { run, until = Number.POSITIVE_INFINITY }: { readonly run: string; readonly until?: number | undefined },
): Promise<{ readonly snapshot: Snapshot; readonly stored: StoredRecord } | undefined> {
  // Read before the journal, which is never behind its snapshots. A failing store counts as one without a snapshot.
  const text = await snapshots.latest(run).catch(() => undefined);
  const snapshot = text === undefined ? undefined : readSnapshot(text);
  if (snapshot?.run !== run || snapshot.sequence > until) return undefined;
  const stored = await firstBehind(journal, run, snapshot.position - 1);
  if (stored?.position !== snapshot.position) {
    await refuseTruncated(journal, snapshot);
    return undefined;
  }

  if (stored.kind !== 'record') return undefined;
  // Before looking for the definition, which an altered record may name.
  return stored.record.data.head.definition.hash === snapshot.definition ? { snapshot, stored } : undefined;
}

/** The first message of a run after a position of the journal. */
export async function firstBehind(journal: Journal, run: string, after: number): Promise<Stored | undefined> {
  for await (const stored of journal.read(run, { after })) return stored;

  return undefined;
}

/** A journal that was moved has other positions; its events must be the same. */
async function refuseTruncated(journal: Journal, { run, sequence }: Snapshot): Promise<void> {
  const last = await journal.last(run);
  if (last?.kind === 'foreign') return;
  const reached = last?.record.sequence ?? 0;
  if (reached >= sequence) return;
  const message = `it is missing, with all that followed: a snapshot was made at event ${sequence}, the journal ends before`;

  throw new JournalDamaged('journal.truncated', reached + 1, message);
}
