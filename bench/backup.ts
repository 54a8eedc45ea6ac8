// What a drill takes: a backup of 10,000 live runs while others start, and all of them verified on another server.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drill } from '../src/compose/backup/drill.ts';
import { connectJetStream } from '../src/stores/jetstream/connect.ts';
import { asking, sequential } from './definitions.ts';
import { readAll, timed } from './goals.ts';
import { serveHere, startMany } from './lists.ts';

/** Times in ms; `toReading`: the RTO to reading the journal once. */
export type BackupCost = {
  readonly runs: number;
  readonly bytes: number;
  readonly rpoMs: number;
  readonly rtoMs: number;
  readonly toReading: number;
  readonly unsound: number;
};

const live = Number(process.env['BACKUP_RUNS'] ?? 10_000);
const meanwhile = 500;

export async function measureBackup(url: string): Promise<BackupCost> {
  const namespace = `bench-backup-${process.pid}`;
  Object.assign(process.env, { NATS_URL: url, WORKFLOW_NAMESPACE: namespace });
  const projectDir = await mkdtemp(join(tmpdir(), 'workflow-bench-'));
  const served = await serveHere(url, namespace);
  try {
    await startMany(served, live, { definition: asking() });
    const stream = await connectJetStream({ url, namespace });
    const readMs = await timed(() => readAll(stream));
    await stream.close();
    const [report] = await Promise.all([
      drill({ projectDir }, () => undefined),
      startMany(served, meanwhile, { definition: sequential(5) }),
    ]);
    const { runs, bytes, rpoMs, rtoMs, unsound } = report;

    return { runs, bytes, rpoMs, rtoMs, toReading: rtoMs / readMs, unsound: unsound.length };
  } finally {
    await served.close();
    await rm(projectDir, { recursive: true, force: true });
  }
}

/** The line of a drill. */
export function backupLine({ runs, bytes, rpoMs, rtoMs, toReading, unsound }: BackupCost): string {
  const times = `RTO ${rtoMs.toFixed(0)} ms, RPO ${rpoMs.toFixed(0)} ms, ${(bytes / 2 ** 20).toFixed(1)} MiB, ${unsound} unsound`;

  return `a drill of ${runs} runs to reading their journal ${toReading.toFixed(1)}   (${times})`;
}
