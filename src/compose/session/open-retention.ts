import { refusedFeature } from '../../engine/cluster/cluster-features.ts';
import { createKpiBook } from '../../engine/goals/kpi-book.ts';
import { measuredTo } from '../../engine/goals/measure-kpis.ts';
import { toldTo } from '../../engine/outbound/relay.ts';
import { createRetention } from '../../engine/retention/retention.ts';
import type { RunRetention } from '../../ports/retention.ts';
import { serveFileName } from '../../ports/serve-file.ts';
import { readEnterprise } from '../../project/enterprise-file.ts';
import { readServed } from '../../project/serve-file.ts';
import { isDeadHere } from '../holder.ts';
import { systemClock } from '../system-clock.ts';
import type { ProjectSession } from './open-session.ts';

/** Lets runs of the project leave its journal. What its files say is read anew each time. */
export function retentionOf(
  projectDir: string,
  {
    stream,
    reader,
    ledger,
    archive,
    indexed,
    engine,
  }: Pick<ProjectSession, 'stream' | 'reader' | 'ledger' | 'archive' | 'indexed' | 'engine'>,
  onTrouble: (message: string) => void,
): RunRetention {
  const { generations, leases, triggerMarks, kpis } = stream;

  return createRetention({
    ...{ reader, generations, ledger, archive, onTrouble },
    refusal: () => refusedFeature({ leases, isDead: isDeadHere }, 'generations'),
    index: indexed.index,
    snapshots: engine.snapshots,
    runSecrets: engine.runSecrets,
    usual: async () => {
      const { retention } = await readServed(projectDir);
      return retention && { retention, of: serveFileName };
    },
    toldTo: async () => {
      const measured = await measuredTo(createKpiBook(kpis), await readEnterprise(projectDir));
      return Math.min(measured, await toldTo(triggerMarks));
    },
    clock: systemClock,
  });
}
