import type { JournalRecord } from '../../../events/record.ts';
import { isSigned } from '../../../machines/run/record/record-text.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { Charts } from './charts.ts';

/**
 * The run as it takes a record: from the one that migrated it on, it goes by the version that its head names. `body` is
 * its text where it was not verified yet: what an altered record names is not looked for. Rejects with
 * DefinitionMissing.
 */
export async function chartForRecord(
  run: Run,
  { record, body }: { readonly record: JournalRecord; readonly body?: string },
  charts: Charts,
): Promise<Run> {
  const { hash } = record.data.head.definition;
  if (record.type !== 'run.migrated' || hash === run.chart.ref.hash) return run;
  if (body !== undefined && !isSigned(body, record.hash)) return run;

  return { ...run, chart: await charts.byHash(hash) };
}
