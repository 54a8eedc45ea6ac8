// A server of the cluster stands still for a while, as a machine does that is moved: who is connected to it goes
// on with another, and once it runs again and is behind, nobody is told an older state of things than was acknowledged.
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../src/stores/jetstream/connection/names.ts';
import { collect, positionsOf } from '../contract/open-journal.ts';
import { freshNamespace } from '../stores/jetstream/open-jetstream.ts';
import { type ClusterServer, startTestCluster, type TestCluster } from '../support/cluster.ts';
import { createRecordWriter, type RecordWriter } from '../support/records.ts';

const RUNS = Array.from({ length: 200 }, (_, index) => `run-${index}`);
const ROUNDS = 4;
const RECORDS_EACH = 6;
const READERS = 8;
// So much that a server which stood still takes a while to fetch it.
const PADDING = 'x'.repeat(20_000);

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.stop());
beforeEach(() => cluster.whole());

/** A connection to the server that leads the journal, so that one of the others can stand still. */
async function atLeader(): Promise<
  JetStreamHandle & { readonly follower: (index: number) => ClusterServer }
> {
  const namespace = freshNamespace();
  const { journalStream } = namesOf(namespace);
  const first = await connectJetStream({ url: cluster.url, replicas: 3, namespace });
  await first.close();
  const leader = await cluster.leaderOf(journalStream);
  const handle = await connectJetStream({ url: cluster.urls[leader] ?? '', replicas: 3, namespace });
  onTestFinished(() => handle.close());

  return { ...handle, follower: (index) => cluster.servers[(leader + 1 + (index % 2)) % 3] as ClusterServer };
}

test('the index of runs is that of the leader, while a follower catches up', async () => {
  const { journal, follower } = await atLeader();
  const writers = RUNS.map((run) => createRecordWriter(run));
  let positions = RUNS.map(() => 0);
  const append = (writer: RecordWriter, index: number): Promise<number> =>
    journal.append(writer.next(positions[index] ?? 0, PADDING));
  for (let round = 0; round < ROUNDS; round++) {
    follower(round).pause();
    for (let count = 0; count < RECORDS_EACH; count++) positions = await Promise.all(writers.map(append));
    follower(round).resume();
    const indexes = await Promise.all(
      Array.from({ length: READERS }, async () => positionsOf(await collect(journal.lastOfEach()))),
    );

    const expected = [...positions].sort();
    for (const index of indexes) expect(index.sort()).toEqual(expected);
  }
});

test('a run is read as far as it was acknowledged, while a follower catches up', async () => {
  const { journal, follower } = await atLeader();
  const writer = createRecordWriter('long');
  const others = RUNS.map((run) => createRecordWriter(run));
  let places = RUNS.map(() => 0);
  const positions: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    follower(round).pause();
    for (let count = 0; count < RECORDS_EACH; count++) {
      const appendOther = (other: RecordWriter, index: number) =>
        journal.append(other.next(places[index] ?? 0, PADDING));
      positions.push(await journal.append(writer.next(positions.at(-1) ?? 0)));
      places = await Promise.all(others.map(appendOther));
    }
    follower(round).resume();
    const read = await Promise.all(
      Array.from({ length: READERS }, async () => positionsOf(await collect(journal.read('long')))),
    );

    for (const each of read) expect(each).toEqual(positions);
  }
});

test('who is connected to a server that stands still goes on with another', async () => {
  const { journal, leases, follower } = await atLeader();
  const { url, pause, resume } = follower(0);
  const namespace = freshNamespace();
  const options = { replicas: 3, namespace };
  // The first address is tried first, and the server tells the client of the others.
  const stuck = await connectJetStream({ ...options, url });
  onTestFinished(() => stuck.close());
  pause();
  onTestFinished(resume);
  const writer = createRecordWriter('alpha');
  const ref = { id: 'release', version: 1, hash: 'f'.repeat(64) };

  expect(await journal.last('nobody')).toBeUndefined();
  expect(await leases.holders()).toEqual(new Map());
  const position = await stuck.journal.append(writer.next(0));
  expect(await stuck.leases.claim('a', { node: 'one', host: 'a', pid: 1 })).toBeDefined();
  await stuck.definitions.register({ ref, text: 'id: release', file: 'release.yaml' });
  expect(positionsOf(await collect(stuck.journal.read('alpha')))).toEqual([position]);
  expect(await stuck.definitions.list()).toHaveLength(1);
});
