import type { JournalRecord } from '../../../events/record.ts';
import { isSigned } from '../../../machines/run/record/create-record.ts';
import { isRunId } from '../../../machines/shard.ts';
import type { Journal, Stored } from '../../ports/runs/journal.ts';
import type { RunSummary } from '../../ports/runs/workflows.ts';

/** Every run by the last message of its journal, latest change first; earlier messages are not checked. */
export async function runIndex(journal: Journal): Promise<readonly RunSummary[]> {
  const runs: RunSummary[] = [];
  for await (const last of journal.lastOfEach()) {
    const summary = last.kind === 'record' ? endSummary(last) : await damagedSummary(journal, last.run);
    if (summary !== undefined) runs.push(summary);
  }

  return runs.sort((a, b) => b.updatedAt.localeCompare(a.updatedAt) || b.run.localeCompare(a.run));
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
export async function damagedSummary(journal: Journal, run: string): Promise<RunSummary | undefined> {
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
