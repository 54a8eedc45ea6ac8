// A run that goes on from another one replays to the same bytes, whatever the order of its tasks. Found when snapshots
// were tested: the journal sorts the members of the state that a forked run begins with, the engine had not.
import { expect, test } from 'vitest';
import { forkRun } from '../../../src/engine/cluster/node.ts';
import { createQueries } from '../../../src/engine/queries/queries.ts';
import { createCharts } from '../../../src/engine/run-reader/charts.ts';
import { createRunReader } from '../../../src/engine/run-reader/run-reader.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { createStage, register } from '../../support/engine-bench.ts';

const text = 'workflow: {id: unsorted, version: 1, tasks: [{id: zeta, uses: noop}, {id: alpha, uses: noop}]}';

test('a run that goes on from another one replays, although its tasks are not in alphabetical order', async () => {
  const definitions = createMemoryDefinitionStore();
  const chart = chartOfText(text);
  await register(definitions, chart, text);
  const { engine, journal, attempt } = createStage({ definitions });
  await engine.startRun({ run: 'run-1', chart, input: {}, actor: 'test' });
  await attempt('run-1/alpha#1');
  const request = { kind: 'fork', id: 'request', run: 'run-2', from: 'run-1', at: 1, actor: 'test' } as const;
  await forkRun(engine, request);
  await engine.submit('run-2', { kind: 'cancelRun', reason: 'enough' }, { actor: 'test' });
  const report = await createQueries(createRunReader({ journal, charts: createCharts(definitions) })).replay(
    'run-2',
  );

  expect(report).toMatchObject({ events: 2, status: 'TERMINATED', differences: [] });
});
