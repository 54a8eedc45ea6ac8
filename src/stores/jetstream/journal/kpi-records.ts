import { JournalUnavailable } from '../../../ports/runs/journal.ts';
import type { KpiRecords, StoredKpi } from '../../../ports/runs/kpi-records.ts';
import { createLazyStream } from '../connection/lazy-stream.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { journalSettings } from '../connection/streams.ts';

/** Events of KPIs as records of the journal, each KPI on a subject of its own beside the definitions. */
export function createJetStreamKpiRecords({
  link,
  names,
}: {
  readonly link: Link;
  readonly names: Names;
}): KpiRecords {
  const stream = createLazyStream({
    // The journal is made when the program starts. One that is gone since is not replaced by an empty one.
    link: { ...link, mayLead: false },
    settings: journalSettings(names, 1),
    giveUp: (reason, cause) =>
      new JournalUnavailable(`the events of KPIs cannot be reached: ${reason}; run \`workflow doctor\``, {
        cause,
      }),
  });

  return {
    read: async (kpi, after) => {
      const subject = names.kpiSubject(kpi);
      const found: StoredKpi[] = [];
      for (let next = await stream.next(subject, after); next !== undefined; ) {
        found.push({ position: next.seq, body: next.body });
        next = await stream.next(subject, next.seq);
      }
      return found;
    },
    append: (kpi, body, after) => stream.store({ subject: names.kpiSubject(kpi), body, after }),
  };
}
