// A journal with three replicas goes on in its next generation while runs are written to, and while the server that
// leads it dies. Whatever was acknowledged is there afterwards, once, and where it stood.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JournalConflict } from '../../src/ports/runs/journal.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { collect, positionsOf } from '../contract/open-journal.ts';
import { startTestCluster, type TestCluster } from '../support/cluster.ts';
import { createRecordWriter } from '../support/records.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.stop());

const runsMax = 30;

/** Appends to runs of its own until it is told to stop; resolves with the positions that were acknowledged. */
async function write(
  { journal }: JetStreamHandle,
  prefix: string,
  isOver: () => boolean,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const runs = Array.from({ length: runsMax }, (_, index) => `${prefix}-${index}`);
  const acked = new Map<string, number[]>();
  await Promise.all(
    runs.map(async (run) => {
      const writer = createRecordWriter(run);
      const positions: number[] = [];
      acked.set(run, positions);
      let next = writer.next(0);
      while (!isOver()) {
        const position = await journal.append(next).catch((error: unknown) => {
          // Tried for 30 s: the same record is given once more.
          if (error instanceof JournalConflict) throw error;
        });
        if (position === undefined) continue;
        positions.push(position);
        next = writer.next(position);
      }
    }),
  );

  return acked;
}

async function opened(): Promise<readonly [JetStreamHandle, JetStreamHandle]> {
  const open = () =>
    connectJetStream({ url: cluster.url, namespace: 'generations', replicas: 3, generationAgeMs: 0 });

  return [await open(), await open()];
}

test('nothing that was acknowledged is lost or moved, whoever leads and whenever that one dies', async () => {
  const [writing, carrying] = await opened();
  const gone = createRecordWriter('gone');
  const last = await writing.journal.append(gone.next(0));
  let isOver = false;
  const acked = [write(writing, 'one', () => isOver), write(carrying, 'two', () => isOver)];
  const ways: string[] = [];
  for (let round = 0; round < 4; round++) {
    const { generation } = await carrying.generations.current();
    const stream = generation % 2 === 1 ? 'WF_GENERATIONS_JOURNAL' : 'WF_GENERATIONS_JOURNAL_2';
    const leader = cluster.servers[await cluster.leaderOf(stream)];
    const next = carrying.generations.next({ without: new Map([['gone', last]]) }).then(
      () => 'carried over',
      (error: Error) => error.message,
    );
    // Every other time it dies somewhere in between.
    if (round % 2 === 1) await leader?.kill9();
    ways.push(await next);
    if (round % 2 === 1) await leader?.restart();
    await cluster.whole();
  }
  isOver = true;

  for (const runs of await Promise.all(acked))
    for (const [run, positions] of runs)
      expect(positionsOf(await collect(carrying.journal.read(run)))).toEqual(positions);
  expect(ways.filter((way) => way === 'carried over').length, ways.join('; ')).toBeGreaterThanOrEqual(2);
  expect(await writing.journal.last('gone')).toBeUndefined();
  const health = await carrying.health();
  expect(health.flatMap(({ gaps }) => gaps)).toEqual([]);
  await writing.close();
  await carrying.close();
}, 180_000);
