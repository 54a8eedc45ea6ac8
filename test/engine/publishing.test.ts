// A version is registered unless a run is known to have gone another way. Method: the real engine over the journal in
// memory; every attempt is ended by the test.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { createWhatIfs } from '../../src/engine/publishing.ts';
import { createCharts } from '../../src/engine/run-reader/charts.ts';
import { createRunReader, type RunReader } from '../../src/engine/run-reader/run-reader.ts';
import { RunArchived } from '../../src/ports/runs/archive.ts';
import { createMemoryDefinitionStore } from '../../src/stores/memory/definition-store.ts';
import { createVirtualClock } from '../../src/stores/memory/virtual-clock.ts';
import { givenRun } from '../support/archived-runs.ts';
import { bodiesOf, createStage } from '../support/engine-bench.ts';
import { createMemoryStores } from '../support/memory-stores.ts';

const versionOf = (version: number, word: string, more = '') => `workflow:
  id: growing
  version: ${version}
  tasks:
    - {id: word, type: TRANSFORM, output: {word: ${word}}}
    - {id: a, uses: noop, depends_on: word}
${more}`;
const after = '    - {id: more, uses: noop, depends_on: a}\n';
const ana = { actor: 'ana' };

/** A project with a run of the first version, whose attempt is under way. */
async function underWay(between: (reader: RunReader) => RunReader = (same) => same) {
  const [definitions, stores] = [createMemoryDefinitionStore(), createMemoryStores()];
  const stage = createStage({ definitions, stores });
  const clock = createVirtualClock(Date.parse('2026-01-05T09:00:00Z'));
  const charts = createCharts(definitions);
  const whatIfs = createWhatIfs({
    ...stores,
    reader: between(createRunReader({ journal: stage.journal, charts })),
    definitions,
    clock,
  });
  const publish = async (text: string, acceptDifferences = false) => {
    const loaded = loadDefinition({ file: 'growing.yaml', content: text });
    if (!loaded.ok) throw new Error('the definition is right');
    const { loaded: definition } = loaded;
    const of = { definition, file: 'growing.yaml', runsMax: 20, dryRun: false, ...ana };
    const answer = await whatIfs.publish({ ...of, acceptDifferences });
    if (!answer.ok) throw new Error(answer.refusal.message);
    return answer.published;
  };
  const { definition: first } = await publish(versionOf(1, 'old'));
  const chart = await charts.byHash(first.hash);
  await stage.engine.startRun({ run: 'run-1', chart, input: {}, actor: 'test' });
  await stage.attempt('a#1');

  return { stage, publish, whatIfs, definitions };
}

test('what is registered already can be published again, whatever its runs did before', async () => {
  const { stage, publish } = await underWay();
  const second = versionOf(2, 'old', after);
  expect((await publish(second)).outcome).toBe('registered');
  const { definition } = await publish(second);
  expect(await stage.engine.migrate('run-1', definition.hash, ana)).toMatchObject({ ok: true });
  expect(await publish(second)).toEqual({ definition, reports: [], outcome: 'known' });
  expect((await publish(versionOf(3, 'new', after), true)).outcome).toBe('registered');
  expect((await publish(second)).outcome).toBe('known');
});

test('what a run did before it was migrated keeps nothing from being registered', async () => {
  const { stage, publish } = await underWay();
  const { definition } = await publish(versionOf(2, 'new', after), true);
  expect(await stage.engine.migrate('run-1', definition.hash, ana)).toEqual({ ok: true, sequence: 3 });
  const more = `${after}    - {id: last, type: NOOP, depends_on: more}\n`;
  expect(await publish(versionOf(3, 'new', more))).toMatchObject({
    outcome: 'registered',
    reports: [
      {
        migratedAt: 3,
        whatIf: {
          kind: 'untold',
          why: 'it goes by v2 from event 3 on only, and differs before, at event 2',
        },
      },
    ],
  });
});

test('a run of which nothing can be told is named, and keeps nothing from being registered', async () => {
  const { stage, publish } = await underWay();
  const [body = ''] = await bodiesOf(stage.journal, 'run-1');
  stage.journal.plant({ run: 'run-1', body });
  expect(await publish(versionOf(2, 'old', after))).toMatchObject({
    outcome: 'registered',
    reports: [{ run: 'run-1', whatIf: { kind: 'untold' } }],
  });
});

test('a run whose events are gone since it was archived keeps nothing from being registered', async () => {
  const gone = givenRun('run-1', { kept: 'head' });
  const { publish } = await underWay((reader) => ({
    ...reader,
    checked: async function* () {
      yield* [];
      throw new RunArchived(gone);
    },
    archived: async () => gone,
  }));

  expect(await publish(versionOf(2, 'old', after))).toMatchObject({
    outcome: 'registered',
    reports: [
      {
        run: 'run-1',
        status: 'COMPLETED',
        whatIf: { kind: 'untold', why: expect.stringContaining('its events are gone') },
      },
    ],
  });
});

test('a run that would have gone another way keeps a version from being registered', async () => {
  const { publish } = await underWay();
  expect(await publish(versionOf(2, 'new', after))).toMatchObject({
    outcome: 'different',
    reports: [{ run: 'run-1', whatIf: { kind: 'diverges' } }],
  });
});

test('a version keeps who published it, when and why; a dry run keeps nothing', async () => {
  const { whatIfs, definitions } = await underWay();
  const loaded = loadDefinition({ file: 'growing.yaml', content: versionOf(2, 'old', after) });
  if (!loaded.ok) throw new Error('the definition is right');
  const asked = {
    definition: loaded.loaded,
    file: 'growing.yaml',
    runsMax: 20,
    acceptDifferences: false,
    ...ana,
  };
  await whatIfs.publish({ ...asked, dryRun: true, reason: 'only looking' });
  expect(await definitions.byId('growing', 2)).toBeUndefined();
  await whatIfs.publish({ ...asked, dryRun: false, reason: 'one more task' });
  expect((await definitions.byId('growing', 2))?.published).toEqual({
    ...{ by: 'ana', at: '2026-01-05T09:00:00.000Z', reason: 'one more task' },
  });
  expect((await definitions.byId('growing', 1))?.published).toEqual({
    by: 'ana',
    at: '2026-01-05T09:00:00.000Z',
  });
});
