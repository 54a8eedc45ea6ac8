import type { Chart } from '../compile/chart.ts';
import { JournalDamaged, type ReadRecord, replayRecord } from '../run/fold.ts';
import { newRun, type Run } from '../run/run.ts';
import { type AuditProblem, problemAt } from './audit-problem.ts';

/** The run as far as its records fold again to the same bytes, and the one that does not. */
export type Refolded = { readonly run?: Run; readonly problem?: AuditProblem };

const codes: Readonly<Record<string, string>> = { 'journal.differs': 'audit.differs' };

/** Folds records again as `replay` does: every byte has to come out the same. None is folded without its definition. */
export function refold(records: readonly ReadRecord[], charts: ReadonlyMap<string, Chart>): Refolded {
  let run: Run | undefined;
  for (const read of records) {
    const { sequence } = read.record;
    const begun = byItsChart(run, read, charts);
    if (begun === undefined) break;
    try {
      run = replayRecord(begun, read);
    } catch (error) {
      return { ...(run === undefined ? {} : { run }), problem: problemOf(error, sequence) };
    }
  }

  return run === undefined ? {} : { run };
}

/** The run as it takes a record: by the definition of the first one, and from one that migrates it on by that. */
function byItsChart(
  run: Run | undefined,
  { record }: ReadRecord,
  charts: ReadonlyMap<string, Chart>,
): Run | undefined {
  if (run !== undefined && record.type !== 'run.migrated') return run;
  const chart = charts.get(record.data.head.definition.hash);
  if (chart === undefined) return undefined;

  return run === undefined ? newRun(chart) : { ...run, chart };
}

/** Whatever it is that a record breaks, it cannot be folded. */
function problemOf(error: unknown, sequence: number): AuditProblem {
  if (error instanceof JournalDamaged)
    return problemAt(codes[error.code] ?? 'audit.unexplained', sequence, error.message);
  const why = error instanceof Error ? error.message : String(error);

  return problemAt('audit.unexplained', sequence, `event ${sequence} cannot be folded: ${why}`);
}
