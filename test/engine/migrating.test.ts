// A run under way goes on by another version of its definition. Method: the real engine on the journal in memory, every
// attempt ended by the test; afterwards other engines and every reader of the journal find the same run.
import { expect, test } from 'vitest';
import { canonicalJson } from '../../events/canonical-json.ts';
import { snapshotText } from '../../machines/run/record/snapshot.ts';
import { createQueries } from '../../src/engine/queries/queries.ts';
import { whatIfOf } from '../../src/engine/queries/what-if.ts';
import { createCharts } from '../../src/engine/run-reader/charts.ts';
import { loadRun } from '../../src/engine/run-reader/load-run.ts';
import { createRunReader } from '../../src/engine/run-reader/run-reader.ts';
import { createMemoryDefinitionStore } from '../../src/stores/memory/definition-store.ts';
import { chartOfText } from '../support/chart-of.ts';
import { bodiesOf, createStage, register } from '../support/engine-bench.ts';
import { createMemoryStores } from '../support/memory-stores.ts';

const versionOf = (version: number, more = '') => `workflow:
  id: growing
  version: ${version}
  input: {properties: {token: {type: string, secret: true, default: none}}}
  tasks:
    - {id: told, type: TRANSFORM, output: {token: "\${workflow.input.token}"}}
    - {id: a, uses: noop}
    - {id: open, uses: noop, depends_on: a, when: 'size(a.output.text) > 2'}
    - {id: known, type: NOOP, depends_on: open, when: 'workflow.input.token == "tok-123456"'}
${more}`;
const texts = { old: versionOf(1), grown: versionOf(2, '    - {id: more, uses: noop, depends_on: known}\n') };
const early = versionOf(3, '    - {id: more, uses: noop, depends_on: a}\n');
const [old, grown, begun] = [texts.old, texts.grown, early].map(chartOfText);
const id = 'run-1';
const ana = { actor: 'ana' };

/** An engine with a run whose second task is under way. */
async function underWay() {
  const definitions = createMemoryDefinitionStore();
  const stores = createMemoryStores();
  await stores.runSecrets.keep(id, { token: 'tok-123456' });
  for (const text of [texts.old, texts.grown, early]) await register(definitions, chartOfText(text), text);
  const stage = createStage({ definitions, stores });
  if (old === undefined || grown === undefined || begun === undefined)
    throw new Error('the charts are there');
  await stage.engine.startRun({ run: id, chart: old, input: { token: '***' }, actor: 'test' });
  // Large enough to stand outside of the journal.
  (await stage.attempt('a#1')).complete({ text: 'x'.repeat(200_000) });
  const attempt = await stage.attempt('open#1');
  const charts = createCharts(definitions);
  const { journal } = stage;

  return { stage, stores, definitions, attempt, journal, charts, old, grown, begun };
}

test('an attempt under way is not begun again, and what comes of it counts', async () => {
  const { stage, attempt, grown, journal } = await underWay();
  expect(await stage.engine.migrate(id, grown.ref.hash, ana)).toEqual({ ok: true, sequence: 5 });
  attempt.complete();
  (await stage.attempt('more#1')).complete();
  const run = await stage.until(({ state }) => state.status === 'COMPLETED');
  expect(stage.begun).toEqual(['a#1', 'open#1', 'more#1']);
  expect(run.state.tasks['known']?.state).toBe('completed');
  expect(run.state.definition).toEqual(grown.ref);
  expect(stage.troubles).toEqual([]);
  expect((await bodiesOf(journal, id)).join()).not.toContain('tok-123456');
});

test('another engine goes on with it, from its first event or from a snapshot', async () => {
  const { stage, stores, grown, journal, definitions } = await underWay();
  await stage.engine.migrate(id, grown.ref.hash, ana);
  await stage.engine.release(() => true);
  const { run, position } = await loadRun(journal, createCharts(definitions), id);
  await stores.snapshots.keep(id, snapshotText(run, { position, library: stores.snapshots.library }));
  const second = createStage({ definitions, stores, journal });
  await second.engine.adopt(id);
  (await second.attempt('open#1')).complete();
  (await second.attempt('more#1')).complete();
  await second.until(({ state }) => state.status === 'COMPLETED');
  expect(second.begun).toEqual(['open#1', 'more#1']);
});

test('everybody who reads the journal finds the same run', async () => {
  const { stage, stores, attempt, journal, charts, old, grown } = await underWay();
  await stage.engine.migrate(id, grown.ref.hash, ana);
  attempt.complete();
  await stage.attempt('more#1');
  const questions = createQueries(createRunReader({ journal, charts }));
  const viewed = await questions.view(id);
  const records = [];
  for await (const entry of questions.history(id)) if ('record' in entry) records.push(entry.record);
  expect(canonicalJson((await questions.viewOf(id, records)).state)).toBe(canonicalJson(viewed.state));
  expect(canonicalJson(stage.latest()?.state)).toBe(canonicalJson(viewed.state));
  expect(await questions.replay(id)).toMatchObject({
    events: records.length,
    definition: grown.ref,
    differences: [],
  });
  expect((await questions.replay(id, 3)).definition.version).toBe(1);
  expect((await questions.list())[0]?.head.definition).toEqual(grown.ref);
  expect(
    (await whatIfOf({ reader: createRunReader({ journal, charts }), ...stores }, id, old)).whatIf,
  ).toMatchObject({
    kind: 'diverges',
    at: 7,
  });
  expect(
    (await whatIfOf({ reader: createRunReader({ journal, charts }), ...stores }, id, grown)).whatIf,
  ).toMatchObject({ kind: 'same' });
});

test('a run that is not where it would be stays, and nothing is recorded', async () => {
  const { stage, journal, begun } = await underWay();
  expect(await stage.engine.migrate(id, begun.ref.hash, ana)).toMatchObject({
    ok: false,
    refusal: { code: 'migrate.other-state', message: expect.stringContaining('event 3: also begins more') },
  });
  expect(await bodiesOf(journal, id)).toHaveLength(4);
});

test('whoever may not change definitions may not migrate runs', async () => {
  const { stage, journal, grown, begun } = await underWay();
  const refused = () => ({ ok: false, refusal: { code: 'authority.level', message: 'bo is L2' } }) as const;
  expect(await stage.engine.migrate(id, grown.ref.hash, { actor: 'bo', refused })).toEqual(refused());
  // They are not told where the run would be, either.
  expect(await stage.engine.migrate(id, begun.ref.hash, { actor: 'bo', refused })).toEqual(refused());
  expect(await bodiesOf(journal, id)).toHaveLength(4);
});

test('what-if reads large values and secrets, and says so where one is lost', async () => {
  const { stores, journal, charts, grown, begun } = await underWay();
  const sources = { reader: createRunReader({ journal, charts }), ...stores };
  expect(await whatIfOf(sources, id, grown)).toEqual({
    run: id,
    definition: expect.objectContaining({ version: 1 }),
    status: 'RUNNING',
    whatIf: { kind: 'same', events: 4 },
  });
  expect((await whatIfOf({ ...sources, blobs: undefined }, id, grown)).whatIf).toEqual({
    kind: 'untold',
    why: expect.stringContaining('is not stored any more'),
  });
  await stores.runSecrets.forget(id);
  expect((await whatIfOf(sources, id, begun)).whatIf).toEqual({
    kind: 'untold',
    why: expect.stringContaining('; but its secret inputs are not kept any more'),
  });
});

test('what-if says where a journal is damaged', async () => {
  const { journal, charts, stores, grown } = await underWay();
  const bodies = await bodiesOf(journal, id);
  journal.plant({ run: id, body: bodies[1] ?? '' });
  expect(
    await whatIfOf({ reader: createRunReader({ journal, charts }), ...stores }, id, grown),
  ).toMatchObject({
    status: 'QUARANTINED',
    whatIf: { kind: 'untold', why: expect.stringContaining('it is quarantined') },
  });
});
