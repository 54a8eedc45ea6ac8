// With three servers the ledger is compared with what they agree on: where two of them come back with an old store,
// the third gives in, and every acknowledged run that is gone with it is named. Method: three real servers, whose
// stores are copied and put back while they are down, and a ledger in a folder of its own.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/compose/system-clock.ts';
import { createLedger } from '../../src/engine/board/ledger.ts';
import { createLedgerFile } from '../../src/project/ledger-file.ts';
import { connectJetStream } from '../../src/stores/jetstream/connect.ts';
import { type ClusterServer, startTestCluster } from '../support/cluster.ts';
import { createRecordWriter } from '../support/records.ts';

async function opened() {
  const cluster = await startTestCluster();
  onTestFinished(() => cluster.stop());
  const folder = await mkdtemp(join(tmpdir(), 'workflow-ledger-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const connected = async () => {
    const stream = await connectJetStream({ url: cluster.url, namespace: 'kept', replicas: 3 });
    const file = createLedgerFile({ projectDir: folder, name: 'kept' });
    const { journal, journalCreated: created } = stream;
    const ledger = createLedger({ journal, file, created, clock: systemClock, onTrouble: () => undefined });
    const close = async () => {
      await ledger.close();
      await stream.close();
    };

    return { ledger, journal: ledger.following(journal), close };
  };

  return { cluster, folder, connected };
}

test('what a majority with an old store has lost is named run by run, and nothing else is', async () => {
  const { cluster, folder, connected } = await opened();
  const begin = async (from: number, to: number) => {
    const { journal, close } = await connected();
    const runs = Array.from({ length: to - from }, (_, index) => `run-${from + index}`);
    for (const run of runs) await journal.append(createRecordWriter(run).next(0));
    await close();
    return runs;
  };
  const kept = await begin(0, 10);
  const [first, second, third] = cluster.servers;
  await allDown(cluster.servers);
  for (const { storeDir } of [first, second])
    await cp(storeDir, copyOf(folder, storeDir), { recursive: true });
  await Promise.all(cluster.servers.map(({ restart }) => restart()));
  await cluster.whole();

  const lost = await begin(10, 25);
  await allDown(cluster.servers);
  for (const { storeDir } of [first, second]) {
    await rm(storeDir, { recursive: true });
    await cp(copyOf(folder, storeDir), storeDir, { recursive: true });
  }
  await Promise.all([first.restart(), second.restart()]);
  await cluster.leaderOf('WF_KEPT_JOURNAL');
  await third.restart();
  await cluster.whole();

  const { ledger, close } = await connected();
  const { damaged } = await ledger.check({ whole: true });
  await close();
  const isGone = damaged.map(({ run, damage }) => `${run} ${damage.code}`);
  expect(isGone.sort()).toEqual(lost.map((run) => `${run} ledger.run-missing`).sort());
  expect(damaged.filter(({ run }) => kept.includes(run))).toEqual([]);
}, 120_000);

test('one server that comes back with an old store catches up, and nothing is lost', async () => {
  const { cluster, folder, connected } = await opened();
  const { journal, ledger, close } = await connected();
  for (let run = 0; run < 10; run += 1) await journal.append(createRecordWriter(`run-${run}`).next(0));
  const [first] = cluster.servers;
  await first.kill9();
  await cp(first.storeDir, copyOf(folder, first.storeDir), { recursive: true });
  await cluster.leaderOf('WF_KEPT_JOURNAL');
  for (let run = 10; run < 20; run += 1) await journal.append(createRecordWriter(`run-${run}`).next(0));
  await rm(first.storeDir, { recursive: true });
  await cp(copyOf(folder, first.storeDir), first.storeDir, { recursive: true });
  await first.restart();
  await cluster.whole();

  expect(await ledger.check({ whole: true })).toMatchObject({ runs: 20, damaged: [], replaced: [] });
  await close();
}, 120_000);

async function allDown(servers: readonly ClusterServer[]): Promise<void> {
  await Promise.all(servers.map(({ kill9 }) => kill9()));
}

function copyOf(folder: string, storeDir: string): string {
  return join(folder, 'copies', storeDir.replaceAll('/', '_'));
}
