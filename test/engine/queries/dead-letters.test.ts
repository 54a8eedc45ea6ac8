// What a list of dead letters costs. Method: an engine over the journal in memory whose tasks the test has fail; what
// is read is counted.
import { expect, test } from 'vitest';
import { createDeadLetters } from '../../../src/engine/queries/dead-letters.ts';
import { RunArchived } from '../../../src/ports/runs/archive.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { archivedEach } from '../../support/archived-each.ts';
import { givenRun } from '../../support/archived-runs.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { createStage, register } from '../../support/engine-bench.ts';

const text = 'workflow:\n  id: failing\n  version: 1\n  tasks: [{ id: work, uses: noop }]\n';
const chart = chartOfText(text);

test('a run that was archived holds no dead letter, and keeps none of the others from the list', async () => {
  const definitions = createMemoryDefinitionStore();
  await register(definitions, chart, text);
  const { engine, attempt, untilRun } = createStage({ definitions });
  for (const run of ['run-a', 'run-b', 'run-c', 'run-d']) {
    await engine.startRun({ run, chart, input: {}, actor: 'test' });
    (await attempt(`${run}/work#1`)).fail('tool.broken', false);
    await untilRun(run, ({ state }) => state.status === 'FAILED');
  }
  const kept: Readonly<Record<string, 'head' | 'whole'>> = { 'run-a': 'head', 'run-b': 'whole' };
  const { reader } = engine;
  const letters = createDeadLetters({
    ...reader,
    runs: { ...reader.runs, each: archivedEach(reader.runs.each, (run) => kept[run]) },
    archived: async (run) => (run in kept ? givenRun(run) : undefined),
    fold: async (run, options) => {
      // One that left between being listed and being read.
      if (run === 'run-a' || run === 'run-c') throw new RunArchived(givenRun(run, { kept: 'head' }));
      return reader.fold(run, options);
    },
  });

  expect((await letters()).map(({ run }) => run)).toEqual(['run-d']);
  expect(await letters({ run: 'run-b' })).toEqual([]);
  expect(await letters({ run: 'run-d' })).toHaveLength(1);
});

test('a run that holds dead letters is read once for all pages of their list, and again only when it has changed', async () => {
  const definitions = createMemoryDefinitionStore();
  await register(definitions, chart, text);
  const { engine, attempt, untilRun } = createStage({ definitions });
  const ids = Array.from({ length: 40 }, (_, index) => `run-${index}`);
  for (const run of ids) {
    await engine.startRun({ run, chart, input: {}, actor: 'test' });
    (await attempt(`${run}/work#1`)).fail('tool.broken', false);
    await untilRun(run, ({ state }) => state.status === 'FAILED');
  }
  const read: string[] = [];
  const letters = createDeadLetters({
    ...engine.reader,
    fold: (run, options) => {
      read.push(run);
      return engine.reader.fold(run, options);
    },
  });

  expect((await letters()).map(({ run }) => run).sort()).toEqual(ids.toSorted());
  expect(read.toSorted()).toEqual(ids.toSorted());
  for (let page = 0; page < 3; page += 1) expect(await letters()).toHaveLength(ids.length);
  expect(await letters({ run: 'run-7' })).toMatchObject([{ run: 'run-7', task: 'work' }]);
  expect(read).toHaveLength(ids.length);

  await engine.submit('run-7', { kind: 'dropDeadLetter' }, { actor: 'ana' });
  expect((await letters()).map(({ run }) => run)).not.toContain('run-7');
  expect(read.slice(ids.length)).toEqual(['run-7']);
});
