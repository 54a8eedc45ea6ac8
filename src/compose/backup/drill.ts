import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DrillReport, OnProgress } from '../../cli/app.ts';
import { createCharts } from '../../engine/run-reader/charts.ts';
import { type CheckDeps, checkRun, checkRuns } from '../../engine/run-reader/check-runs.ts';
import { shippedPath } from '../../files/package-path.ts';
import { launchServer } from '../../nats-server/launch-server.ts';
import { findServer } from '../../nats-server/provision-server.ts';
import { ensureLogins, writeServerConfig } from '../../nats-server/server-login.ts';
import { connectJetStream } from '../../stores/jetstream/connect.ts';
import { serverInUse } from '../session/project-server.ts';
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
    const restoringMs = performance.now();
    const server = await launchScratch(scratch);
    try {
      const manifest = await verified(folder);
      const { namespace } = manifest;
      await restoreTo(server, { folder, manifest, replicas: 1 }, onProgress);
      const found = await withCheck({ ...server, namespace }, (deps) =>
        checkRuns(deps, { all: true, onProgress }),
      );
      const rtoMs = Math.round(performance.now() - restoringMs);
      const unsound = [...found.damaged, ...found.failed].map(({ run }) => run);
      const source = { ...(await serverInUse(projectDir)), namespace };
      const before = unsound.length === 0 ? [] : await withCheck(source, (deps) => unsoundOf(deps, unsound));

      return {
        ...{ ...taken, runs: found.checked, rtoMs, rpoMs },
        unsound: unsound.filter((run) => !before.includes(run)),
        unsoundBefore: before,
      };
    } finally {
      await server.stop();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The runs are there for nobody but us: the server wants a password that was made up for it. */
async function launchScratch(folder: string) {
  const { path: binary } = await findServer({ env: process.env });
  const logins = await ensureLogins(folder);
  const config = await writeServerConfig(folder, { shipped: shippedPath('nats.conf'), logins });
  const { url, stop } = await launchServer({ binary, config, storeDir: join(folder, 'store') });

  return { url, login: logins.project, stop };
}

/** Reads what a server has as an engine would. */
async function withCheck<Found>(
  place: Parameters<typeof connectJetStream>[0],
  check: (deps: CheckDeps) => Promise<Found>,
): Promise<Found> {
  const stream = await connectJetStream(place);
  try {
    const { journal, definitions, runCounts } = stream;

    return await check({ journal, charts: createCharts(definitions), runCounts });
  } finally {
    await stream.close();
  }
}

/** Those of the runs that are not sound. */
async function unsoundOf(deps: CheckDeps, runs: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const run of runs) {
    const isSound = await checkRun(deps, run).then(
      (damaged) => damaged === undefined,
      () => false,
    );
    if (!isSound) found.push(run);
  }

  return found;
}
