import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DrillReport, OnProgress } from '../../cli/app.ts';
import { createCharts } from '../../engine/run-reader/charts.ts';
import { checkRuns } from '../../engine/run-reader/check-runs.ts';
import { shippedPath } from '../../files/package-path.ts';
import { launchServer } from '../../nats-server/launch-server.ts';
import { findServer } from '../../nats-server/provision-server.ts';
import { connectJetStream } from '../../stores/jetstream/connect.ts';
import { backup, restoreTo } from './backup.ts';
import { verified } from './backup-folder.ts';

/** Backs up, restores on a server of its own that is removed again, and verifies every run there. */
export async function drill(
  { projectDir }: { readonly projectDir: string },
  onProgress: OnProgress,
): Promise<DrillReport> {
  const scratch = await mkdtemp(join(tmpdir(), 'workflow-drill-'));
  try {
    const folder = join(scratch, 'backup');
    const taken = await backup({ projectDir, folder }, onProgress);
    // Whatever was acknowledged meanwhile is in the next backup.
    const rpoMs = Date.now() - Date.parse(taken.cutAt);
    const { path: binary } = await findServer({ env: process.env });
    const restoringMs = performance.now();
    const config = shippedPath('nats.conf');
    const server = await launchServer({ binary, config, storeDir: join(scratch, 'store') });
    try {
      const manifest = await verified(folder);
      await restoreTo(server, { folder, manifest, replicas: 1 }, onProgress);
      const found = await verifyRuns(server, manifest.namespace, onProgress);
      const rtoMs = Math.round(performance.now() - restoringMs);

      return { ...taken, ...found, rtoMs, rpoMs };
    } finally {
      await server.stop();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Reads all that was restored as an engine would. */
async function verifyRuns(
  { url }: { readonly url: string },
  namespace: string,
  onProgress: OnProgress,
): Promise<Pick<DrillReport, 'runs' | 'unsound'>> {
  const stream = await connectJetStream({ url, namespace });
  try {
    const { journal, definitions, runCounts } = stream;
    const deps = { journal, charts: createCharts(definitions), runCounts };
    const { checked, damaged, failed } = await checkRuns(deps, { all: true, onProgress });

    return { runs: checked, unsound: [...damaged, ...failed].map(({ run }) => run) };
  } finally {
    await stream.close();
  }
}
