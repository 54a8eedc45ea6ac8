// A run whose journal cannot be trusted is left alone, said to be so everywhere, and keeps nobody else from going on.
// Method: a sound run is copied from one world of nodes to another, with something done to its records on the way.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { snapshotText } from '../../../machines/run/record/snapshot.ts';
import { childRun } from '../../../machines/run/run.ts';
import { toView } from '../../../src/engine/queries/queries.ts';
import { createCharts } from '../../../src/engine/run-reader/charts.ts';
import { checkRuns } from '../../../src/engine/run-reader/check-runs.ts';
import { loadRun } from '../../../src/engine/run-reader/load-run.ts';
import { withQuarantinedChildren } from '../../../src/engine/run-reader/quarantined-children.ts';
import { createRunReader } from '../../../src/engine/run-reader/run-reader.ts';
import type { Journal, Stored } from '../../../src/ports/runs/journal.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { chartOf, chartOfText } from '../../support/chart-of.ts';
import { type Damaging, kinds } from '../../support/damaging.ts';
import { createStage, register } from '../../support/engine-bench.ts';
import { approval, createWorld, ended, settled, start } from '../node-world.ts';

const whole: Damaging = (bodies) => bodies;
const victim = 'run-2';

/** A world in which `run-1` waits for approval, and so does `run-2`, whose journal was copied with damage. */
async function worldWith(damage: Damaging, planted: Parameters<World['join']>[1] = {}) {
  const source = createWorld();
  const { workflows: before, node } = await source.join('source');
  // The ids of new runs are of shards that are its own.
  await node.workOnAll();
  await start(before);
  await start(before);
  const world = createWorld();
  const troubles: (readonly [string, unknown])[] = [];
  const onTrouble = (run: string, error: unknown) => void troubles.push([run, error]);
  const joined = await world.join('one', { onTrouble, ...planted });
  await start(joined.workflows);
  const bodies = await bodiesOf(source.journal, victim);
  for (const body of damage(bodies, victim)) world.journal.plant({ run: victim, body });

  return { ...world, ...joined, troubles, bodies };
}

type World = ReturnType<typeof createWorld>;

async function bodiesOf(journal: Journal, run: string): Promise<string[]> {
  const bodies: string[] = [];
  for await (const { body } of journal.read(run)) bodies.push(body);

  return bodies;
}

test.each([
  ['foreign', 'journal.foreign', 2],
  ['repeated', 'journal.broken-chain', 2],
  ['altered', 'journal.altered', 1],
  ['unexplained', 'journal.unexplained', 2],
] as const)(
  'a run with damage of the kind "%s" is told of once and left alone, and others go on',
  async (kind, code, sequence) => {
    const damage: Damaging = (bodies, run) => kinds[kind](bodies, run, 0);
    const { node, workflows, journal, clock, troubles, bodies } = await worldWith(damage);
    await node.workOnAll();
    await node.workOnAll();
    // A run that waits is not read before it is due, but soon, in its turn.
    for (let turn = 0; turn < 4; turn += 1) {
      clock.advance(50);
      await settled();
    }

    expect(troubles).toMatchObject([[victim, { code: 'run.quarantined', damage: { code, sequence } }]]);
    expect(await workflows.command(victim, approval, 'ana')).toMatchObject({
      refusal: { code: 'run.quarantined' },
    });
    expect(await workflows.inspect(victim)).toMatchObject({ damage: { code, sequence } });
    expect(await workflows.replay(victim)).toMatchObject({
      status: 'DAMAGED',
      differences: [{ code, sequence }],
    });
    expect(await bodiesOf(journal, victim)).toEqual(damage(bodies, victim));
    await workflows.command('run-1', approval, 'ana');
    expect(await ended(workflows, 'run-1')).toContain('COMPLETED');
  },
);

test('a journal that is shorter than a snapshot of it has lost its end, and that is found', async () => {
  const world = createWorld();
  const { workflows, node } = await world.join('one');
  const run = await start(workflows);
  await workflows.command(run, approval, 'ana');
  await ended(workflows, run);
  await node.stop();
  const charts = createCharts(world.definitions);
  const { library } = world.snapshots;
  const loaded = await loadRun(world.journal, charts, run);
  const shorter = createWorld();
  const bodies = await bodiesOf(world.journal, run);
  for (const body of bodies.slice(0, -1)) shorter.journal.plant({ run, body });
  await world.snapshots.keep(run, snapshotText(loaded.run, { position: loaded.position, library }));
  const deps = { journal: shorter.journal, charts, snapshots: world.snapshots };

  const { damaged } = await checkRuns(deps, { all: true, onProgress: () => undefined });
  expect(damaged).toMatchObject([{ run, damage: { code: 'journal.truncated', sequence: bodies.length } }]);
});

test('a run whose definition is gone is left alone until it is stored again, and its history can be read', async () => {
  const { journal, definitions: before } = await worldWith(whole);
  const [stored] = await before.list();
  if (stored === undefined) throw new Error('no definition is stored');
  const world = createWorld();
  const definitions = createMemoryDefinitionStore();
  const { node } = await world.join('two', { journal, definitions, onTrouble: () => undefined });
  const workflows = world.asking({ journal, definitions });
  await node.workOnAll();
  const damage = {
    code: 'definition.missing',
    sequence: 1,
    message: expect.stringContaining(stored.ref.hash),
  };
  expect(await workflows.inspect(victim)).toMatchObject({ run: victim, damage });
  for await (const entry of workflows.history(victim)) expect(entry).toHaveProperty('record');

  await definitions.register(stored);
  expect(await workflows.command(victim, approval, 'ana')).toMatchObject({ ok: true });
});

test('a run that reads damaged once and whole the next time is worked on', async () => {
  const world = createWorld();
  let reads = 0;
  async function* read(...asked: Parameters<Journal['read']>): AsyncIterable<Stored> {
    reads += 1;
    for await (const stored of world.journal.read(...asked)) {
      yield reads === 1 ? { ...stored, body: stored.body.replace('"actor":"', '"actor":"x') } : stored;
    }
  }
  const { workflows } = await world.join('one');
  const run = await start(workflows);

  expect(await world.asking({ journal: { ...world.journal, read } }).view(run)).toMatchObject({
    sequence: 1,
  });
  expect(reads).toBe(2);
});

test('what stands on no subject of a run harms none, and is told by the check', async () => {
  const { workflows, journal, definitions } = await worldWith(whole);
  async function* lastOfEach(): AsyncIterable<Stored> {
    yield* journal.lastOfEach();
    yield {
      run: 'run-1',
      position: 99,
      body: '{}',
      kind: 'foreign',
      code: 'journal.foreign',
      reason: 'no run has the subject',
    };
    yield {
      run: 'a run.of nobody',
      position: 100,
      body: '{}',
      kind: 'foreign',
      code: 'journal.foreign',
      reason: 'no run has the subject',
    };
  }
  const found = await checkRuns(
    { journal: { ...journal, lastOfEach }, charts: createCharts(definitions) },
    { all: false, onProgress: () => undefined },
  );

  expect(found).toMatchObject({ checked: 2, damaged: [], strangers: [{ position: 99 }, { position: 100 }] });
  expect((await workflows.list()).filter(({ damage }) => damage !== undefined)).toEqual([]);
});

test('a run that cannot be verified for another reason is told, and the others are verified all the same', async () => {
  const { journal, definitions } = await worldWith(whole);
  const failing = (...[run, options]: Parameters<Journal['read']>) => {
    if (run === victim) throw new Error('not to be read');
    return journal.read(run, options);
  };
  const deps = { journal: { ...journal, read: failing }, charts: createCharts(definitions) };

  expect(await checkRuns(deps, { all: false, onProgress: () => undefined })).toMatchObject({
    checked: 1,
    damaged: [],
    failed: [{ run: victim }],
  });
});

test('a run that waits for a child that is quarantined says so, and when ended by force waits no longer', async () => {
  const childText = 'workflow: {id: child, version: 1, tasks: [{id: work, uses: noop}]}';
  const definitions = createMemoryDefinitionStore();
  await register(definitions, chartOfText(childText), childText);
  const stage = createStage({ definitions });
  const chart = chartOf('- {id: call, type: SUB_WORKFLOW, workflow: child}');
  await stage.engine.startRun({ run: 'run-1', chart, input: {}, actor: 'test' });
  await stage.attempt('work#1');
  stage.journal.plant({ run: childRun('run-1', 'call', 1), body: 'forged' });
  const parent = await stage.untilRun('run-1', ({ state }) => state.tasks['call']?.state === 'delegated');
  const reader = createRunReader({ journal: stage.journal, charts: createCharts(definitions) });
  expect((await withQuarantinedChildren(reader, toView(parent, ''))).waitsFor).toMatchObject([
    { task: 'call', reason: expect.stringContaining('journal.foreign'), fix: 'workflow doctor --repair' },
  ]);

  await stage.engine.submit('run-1', { kind: 'terminateRun' }, { actor: 'ana' });
  const { state } = await stage.untilRun('run-1', (run) => run.state.endedAt !== undefined);

  expect(state.status).toBe('TERMINATED');
});

test('a fork of a run with a stranger at its end keeps the secrets that it is given', async () => {
  const world = createWorld();
  const { workflows } = await world.join('one');
  const content = `workflow:
  id: secretive
  version: 1
  input: {required: [token], properties: {token: {type: string, secret: true}}}
  tasks: [{id: ask, type: HUMAN, wait_for_approval: true}]
`;
  const definition = loadDefinition({ file: 'secretive.yaml', content });
  if (!definition.ok) throw new Error('the definition of the test does not load');
  const input = { token: 'tok-first-secret' };
  const { run } = await workflows.start({ definition: definition.loaded, file: '', input, actor: 'test' });
  world.journal.plant({ run, body: 'forged' });
  const forked = await workflows.fork({ run, at: 1, input: { token: 'tok-other-secret' }, actor: 'ana' });

  expect(forked).toMatchObject({ ok: true });
  expect((await bodiesOf(world.journal, forked.run)).join()).not.toContain('tok-other-secret');
});
