// Long runs are folded from a snapshot, and everything is as if there were none. Method: a loop goes on for 500 events,
// and its engine stops; others then work on copies of what it left, and what they ask the journal for is written down.
import { expect, test } from 'vitest';
import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import { pendingEffects } from '../../../machines/run/effects.ts';
import type { Run } from '../../../machines/run/run.ts';
import { timersOf } from '../../../machines/run/timers.ts';
import { forkRun } from '../../../src/engine/cluster/node.ts';
import { createQueries } from '../../../src/engine/queries/queries.ts';
import { createCharts } from '../../../src/engine/run-reader/charts.ts';
import { loadRun } from '../../../src/engine/run-reader/load-run.ts';
import { createRunReader } from '../../../src/engine/run-reader/run-reader.ts';
import type { Journal } from '../../../src/ports/runs/journal.ts';
import { type Snapshots, SnapshotsUnavailable } from '../../../src/ports/runs/snapshots.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { createMemoryJournal, type MemoryJournal } from '../../../src/stores/memory/journal.ts';
import { createMemorySnapshots } from '../../../src/stores/memory/snapshots.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { bodiesOf, createStage, register, type Stage } from '../../support/engine-bench.ts';
import { createMemoryStores } from '../../support/memory-stores.ts';

const token = 'tok-5f3a9c1e77';
const passes = 252;
const text = `workflow:
  id: long
  version: 1
  input: {properties: {token: {type: string, secret: true}}, required: [token]}
  tasks:
    - {id: big, uses: noop}
    - id: again
      type: DO_WHILE
      depends_on: big
      max_iterations: 1000
      loop_condition: "loop.iteration < ${passes}"
      tasks: [{id: one, uses: noop, timeout: 1m}]
    - {id: last, uses: noop, depends_on: again, timeout: 1m, input: {token: "\${workflow.input.token}", size: "\${size(big.output.text)}"}}
    - {id: end, uses: noop, depends_on: last}
`;
const chart = chartOfText(text);
const id = 'run-1';
const size = 200_000;
const definitions = createMemoryDefinitionStore();

/** A run that waits for its last but one task, after 506 events; a snapshot was kept on the way, at event 500. */
async function playLong() {
  const journal = createMemoryJournal();
  const stores = createMemoryStores();
  await register(definitions, chart, text);
  await stores.runSecrets.keep(id, { token });
  const stage = createStage({ journal, definitions, stores });
  await stage.engine.startRun({ run: id, chart, input: { token: '***' }, actor: 'test' });
  (await stage.attempt('big#1')).complete({ text: 'x'.repeat(size) });
  for (let pass = 0; pass < passes; pass += 1)
    (await stage.attempt(`again[${pass}].one#1`)).complete({ token });
  await stage.attempt('last#1');
  await stage.engine.stop();

  return {
    bodies: await bodiesOf(journal, id),
    kept: (await stores.snapshots.latest(id)) ?? '',
    stores,
    stage,
  };
}

const played = await playLong();

/** A copy of what the engine left behind, or of the first events of it; `snapshots` in the place of those it kept. */
async function longRun({ left = 506, ...planted }: { left?: number; snapshots?: Snapshots } = {}) {
  const journal = createMemoryJournal();
  for (const body of played.bodies.slice(0, left)) journal.plant({ run: id, body });
  const snapshots = planted.snapshots ?? createMemorySnapshots();
  if (planted.snapshots === undefined) await snapshots.keep(id, played.kept);
  const { journal: read, reads } = spied(journal);
  const stores = { ...played.stores, snapshots };
  const charts = createCharts(definitions);

  return {
    journal,
    snapshots,
    charts,
    /** Where each reading of a journal began. */
    reads,
    read,
    stage: () => createStage({ journal: read, definitions, stores }),
    folded: (from?: Snapshots) => loadRun(journal, charts, id, { snapshots: from }),
  };
}

/** Takes the run over and carries it to its end. */
async function ended(stage: Stage): Promise<Run> {
  await stage.engine.adopt(id);
  const last = await stage.attempt('last#1');
  expect(last.attempt.input).toEqual({ token, size });
  last.complete();
  (await stage.attempt('end#1')).complete();

  return stage.until(({ state }) => state.status === 'COMPLETED');
}

/** What is read of runs, by the position it begins behind. */
function spied(journal: MemoryJournal): { readonly journal: MemoryJournal; readonly reads: number[] } {
  const reads: number[] = [];
  const read: Journal['read'] = (run, options = {}) => {
    reads.push(options.after ?? 0);
    return journal.read(run, options);
  };

  return { journal: { ...journal, read }, reads };
}

test('a long run is folded from its snapshot, and comes out the same: state, work and timers', async () => {
  const { folded, snapshots } = await longRun();
  const whole = await folded();
  const quick = await folded(snapshots);

  expect(whole.run.sequence).toBe(506);
  expect([whole.keptAt, quick.keptAt]).toEqual([undefined, 500]);
  expect(canonicalJson(quick.run.state)).toBe(canonicalJson(whole.run.state));
  expect(pendingEffects(quick.run)).toEqual(pendingEffects(whole.run));
  expect(timersOf(quick.run)).toEqual(timersOf(whole.run));
  expect([quick.position, quick.time, quick.run.hash]).toEqual([whole.position, whole.time, whole.run.hash]);
  expect(played.stage.troubles).toEqual([]);
});

test('an engine that takes the run over reads little of it, and brings along what no journal holds', async () => {
  const { journal, charts, stage, reads } = await longRun();
  await ended(stage());

  expect(reads).toEqual([499, 500]);
  expect(await createQueries(createRunReader({ journal, charts })).replay(id)).toMatchObject({
    events: 508,
    differences: [],
  });
});

test('without snapshots everything is the same but the time it takes', async () => {
  const [kept, dropped] = [await longRun(), await longRun()];
  await dropped.snapshots.dropAll();
  const runs = [await ended(kept.stage()), await ended(dropped.stage())];

  expect(dropped.reads).toEqual([0]);
  expect(canonicalJson(timeless(runs[1]))).toBe(canonicalJson(timeless(runs[0])));
});

/** The state without what the clock of the engine that ended it said. */
function timeless(run: Run | undefined): Json {
  return JSON.parse(JSON.stringify(run?.state ?? null, (key, value) => (key.endsWith('At') ? '' : value)));
}

test('a snapshot holds no secret and no large value, as the journal does not', async () => {
  const { snapshots, folded } = await longRun();

  expect(played.kept).toContain('"input":{"token":"***"}');
  expect(played.kept).toContain('"$blob"');
  expect(played.kept).not.toContain(token);
  expect(played.kept.length).toBeLessThan(size / 4);
  expect((await folded(snapshots)).run.aside.secretInput).toEqual({});
});

test('a run that ends is kept as it ended, so that whoever looks at it folds nothing', async () => {
  const { stage, snapshots, charts, read, reads } = await longRun();
  await ended(stage());
  reads.splice(0);
  const view = await createQueries(createRunReader({ journal: read, charts, snapshots })).view(id);

  expect(view).toMatchObject({ sequence: 508, state: { status: 'COMPLETED' } });
  expect(reads).toEqual([507, 508]);
});

test('a run of which no snapshot was kept is kept with its next event', async () => {
  const { stage, snapshots } = await longRun({ snapshots: createMemorySnapshots() });
  const engine = stage();
  await engine.engine.adopt(id);
  (await engine.attempt('last#1')).complete();
  await engine.attempt('end#1');

  expect(await snapshots.latest(id)).toContain('"sequence":507');
});

test('a short run is not kept', async () => {
  const stores = createMemoryStores();
  const short = chartOfText('workflow: {id: short, version: 1, tasks: [{id: only, uses: noop}]}');
  const stage = createStage({ stores });
  await stage.engine.startRun({ run: id, chart: short, input: {}, actor: 'test' });
  (await stage.attempt('only#1')).complete();
  await stage.until(({ state }) => state.status === 'COMPLETED');

  expect(await stores.snapshots.latest(id)).toBeUndefined();
});

test.each<[string, string, Json]>([
  ['the format', 'format', 1],
  ['another version of the library', 'library', 'other'],
  ['another definition', 'definition', sha256Hex('other')],
  ['another run', 'run', 'run-2'],
  ['another event', 'sequence', 499],
  ['the position of another event', 'position', 499],
  ['the position of a message of another run', 'position', 507],
  ['the hash of another record', 'hash', sha256Hex('other')],
  ['another state', 'state', {}],
])('a snapshot that is wrong is ignored: %s', async (_, member, value) => {
  const { folded, snapshots, journal } = await longRun();
  journal.plant({ run: 'run-2', body: 'foreign' });
  const whole = await folded();
  const content = JSON.stringify({ ...JSON.parse(played.kept.split('\n')[1] ?? ''), [member]: value });
  for (const wrong of [
    `${sha256Hex(content)}\n${content}`,
    content,
    '',
    played.kept.replace('RUNNING', 'PAUSED'),
  ]) {
    await snapshots.keep(id, wrong);
    expect(await folded(snapshots)).toEqual(whole);
  }
});

test.each([0, 1, 250, 499])(
  'a journal that ends before its snapshot is damaged, and says where: %i',
  async (left) => {
    const { journal, folded, snapshots, stage } = await longRun({ left });
    const truncated = { code: 'journal.truncated', sequence: left + 1 };

    await expect(folded(snapshots)).rejects.toMatchObject(truncated);
    await expect(stage().engine.adopt(id)).rejects.toMatchObject({ damage: truncated });
    expect(await bodiesOf(journal, id)).toHaveLength(left);
  },
);

test('where the record of the snapshot was altered, the journal is what is looked at', async () => {
  const { snapshots, charts } = await longRun();
  const altered = createMemoryJournal();
  const other = (body: string) => body.replaceAll(chart.ref.hash, sha256Hex('other'));
  for (const [index, body] of played.bodies.entries())
    altered.plant({ run: id, body: index === 499 ? other(body) : body });

  await expect(loadRun(altered, charts, id, { snapshots })).rejects.toMatchObject({
    code: 'journal.altered',
    sequence: 500,
  });
});

test('a journal whose records were moved elsewhere is folded from its first event', async () => {
  const { snapshots, charts, folded } = await longRun();
  const moved = createMemoryJournal();
  for (let other = 0; other < 3; other += 1) moved.plant({ run: 'run-2', body: 'foreign' });
  for (const body of played.bodies) moved.plant({ run: id, body });
  const { run, keptAt } = await loadRun(moved, charts, id, { snapshots });

  expect(keptAt).toBeUndefined();
  expect(canonicalJson(run.state)).toBe(canonicalJson((await folded()).run.state));
});

test('replaying verifies every event, snapshot or not', async () => {
  const { read, reads, snapshots, charts } = await longRun();
  await createQueries(createRunReader({ journal: read, charts, snapshots })).replay(id);

  expect(reads).toEqual([0]);
});

test.each([
  [499, [0]],
  [500, [499, 500]],
  [503, [499, 500]],
])('a run goes on from event %i of another one, with its snapshot where that helps', async (at, expected) => {
  const { read, reads, snapshots, charts, stage } = await longRun();
  const { engine, runs } = stage();
  const reader = createRunReader({ journal: read, charts, snapshots });
  const request = { kind: 'fork', id: 'request', run: 'run-9', from: id, at, actor: 'test' } as const;
  const outcome = await forkRun({ reader, forkRun: engine.forkRun }, request);

  expect(outcome).toEqual({ ok: true, sequence: 1 });
  expect(reads).toEqual(expected);
  expect(runs.get('run-9')?.state.forkedFrom?.at).toBe(at);
});

test('a store that fails is told of once, and changes nothing', async () => {
  const refuse = () => Promise.reject(new SnapshotsUnavailable('no room'));
  const { stage, folded, snapshots } = await longRun({
    snapshots: { ...createMemorySnapshots(), keep: refuse, latest: refuse },
  });
  const engine = stage();
  await ended(engine);

  // Two were due: with the first event after the run was taken over, and at its end.
  expect(engine.troubles).toMatchObject([{ code: 'snapshots.unavailable' }]);
  expect((await folded(snapshots)).run.sequence).toBe(508);
});

test('an append does not wait for a snapshot that takes its time', async () => {
  const keep = () => new Promise<never>(() => undefined);
  const { stage } = await longRun({ snapshots: { ...createMemorySnapshots(), keep } });

  expect((await ended(stage())).sequence).toBe(508);
});
