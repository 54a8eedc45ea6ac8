// A long run on a real server: its engine keeps a snapshot in a bucket, another process folds from it, and a journal
// that lost its end is found out by it, although it is sound in itself.
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { canonicalJson } from '../../events/canonical-json.ts';
import type { Run } from '../../machines/run/run.ts';
import { libraryVersion } from '../../src/compose/library-version.ts';
import { createEngine } from '../../src/engine/run/engine.ts';
import { createCharts } from '../../src/engine/run-reader/charts.ts';
import { loadRun } from '../../src/engine/run-reader/load-run.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../src/stores/jetstream/connection/names.ts';
import { chartOfText } from '../support/chart-of.ts';
import { bodiesOf, register } from '../support/engine-bench.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { partsOf } from '../support/stream-parts.ts';

const text = `workflow:
  id: long
  version: 1
  tasks:
    - {id: again, type: DO_WHILE, max_iterations: 1000, loop_condition: "loop.iteration < 260", tasks: [{id: one, uses: noop}]}
    - {id: ask, type: HUMAN, wait_for_approval: true, timeout: 1h, depends_on: again}
`;
const chart = chartOfText(text);
const id = 'run-1';
const namespace = 'long';
let server: TestServer;
let stream: JetStreamHandle;
let live: Run;

beforeAll(async () => {
  server = await startTestServer();
  stream = await connectJetStream({ url: server.url, namespace });
  live = await untilAsking();
});
afterAll(async () => {
  await stream.close();
  await server.stop();
});

test('another process folds the run from what its engine kept, to the same byte', async () => {
  const theirs = await opened(namespace);
  const snapshots = theirs.snapshotsFor(libraryVersion());
  const charts = createCharts(theirs.definitions);
  await expect.poll(() => snapshots.latest(id).catch(() => undefined), { timeout: 20_000 }).toBeDefined();
  const quick = await loadRun(theirs.journal, charts, id, { snapshots });
  const whole = await loadRun(theirs.journal, charts, id);

  expect([quick.keptAt, quick.run.sequence]).toEqual([500, live.sequence]);
  expect(canonicalJson(quick.run.state)).toBe(canonicalJson(live.state));
  expect({ ...quick, keptAt: undefined, run: undefined }).toEqual({ ...whole, run: undefined });
  const ofAnother = theirs.snapshotsFor('another version');
  expect((await loadRun(theirs.journal, charts, id, { snapshots: ofAnother })).keptAt).toBeUndefined();
});

test('a journal that lost its end is damaged, and the first event that is missing is named', async () => {
  const kept = await stream.snapshotsFor(libraryVersion()).latest(id);
  const shorter = await opened('shorter');
  const snapshots = shorter.snapshotsFor(libraryVersion());
  await snapshots.keep(id, kept ?? '');
  await register(shorter.definitions, chart, text);
  const connection = await connect({ servers: server.url });
  onTestFinished(() => connection.close());
  for (const body of (await bodiesOf(stream.journal, id)).slice(0, 480)) {
    await connection.request(namesOf('shorter').runSubject(id), body);
  }
  const charts = createCharts(shorter.definitions);

  expect((await loadRun(shorter.journal, charts, id)).run.sequence).toBe(480);
  await expect(loadRun(shorter.journal, charts, id, { snapshots })).rejects.toMatchObject({
    code: 'journal.truncated',
    sequence: 481,
  });
});

async function opened(name: string): Promise<JetStreamHandle> {
  const handle = await connectJetStream({ url: server.url, namespace: name });
  onTestFinished(() => handle.close());

  return handle;
}

/** Plays the run until it asks a person. */
async function untilAsking(): Promise<Run> {
  await register(stream.definitions, chart, text);
  let told = (_run: Run): void => undefined;
  const asking = new Promise<Run>((resolve) => {
    told = (run) => {
      if (run.state.tasks['ask']?.state === 'pending_approval') resolve(run);
    };
  });
  const engine = createEngine({
    ...partsOf(stream),
    snapshots: stream.snapshotsFor(libraryVersion()),
    performers: { find: () => ({ worker: 'noop', handler: () => Promise.resolve({}) }) },
    outputs: { write: () => Promise.resolve() },
    projectDir: '.',
    concurrencyMax: 10,
    startNoticeMs: 1_000,
    onChange: (run) => told(run),
    onTrouble: (_run, error) => {
      throw error;
    },
  });
  await engine.startRun({ run: id, chart, input: {}, actor: 'test' });
  const run = await asking;
  await engine.stop();

  return run;
}
