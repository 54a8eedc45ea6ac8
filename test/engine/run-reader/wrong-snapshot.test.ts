// A snapshot that says of itself that it fits, and holds another state, costs time and no run. Method: the snapshot of
// a run that waits for its first task is changed, and signed again; then other engines take the run over.
import { expect, test } from 'vitest';
import { sha256Hex } from '../../../machines/hash.ts';
import { snapshotText } from '../../../machines/run/record/snapshot.ts';
import { createQueries } from '../../../src/engine/queries/queries.ts';
import { createCharts } from '../../../src/engine/run-reader/charts.ts';
import { loadRun } from '../../../src/engine/run-reader/load-run.ts';
import { createRunReader } from '../../../src/engine/run-reader/run-reader.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { createStage, register } from '../../support/engine-bench.ts';
import { createMemoryStores } from '../../support/memory-stores.ts';

const id = 'run-1';
const text = `workflow:
  id: short
  version: 1
  tasks: [{id: one, uses: noop}, {id: two, uses: noop, depends_on: one}]
`;

test.each([
  ['a member has another name', /"attempt":1/, '"attempts":1'],
  ['a task is at another attempt', /"attempt":1/, '"attempt":7'],
])('a run goes on from its journal although its snapshot holds another state: %s', async (_, from, to) => {
  const definitions = createMemoryDefinitionStore();
  const stores = createMemoryStores();
  const chart = chartOfText(text);
  await register(definitions, chart, text);
  const first = createStage({ definitions, stores });
  const { journal } = first;
  await first.engine.startRun({ run: id, chart, input: {}, actor: 'test' });
  const open = await first.attempt('one#1');
  const charts = createCharts(definitions);
  const { run, position } = await loadRun(journal, charts, id);
  open.complete();
  await first.attempt('two#1');
  await first.engine.stop();
  const kept = snapshotText(run, { position, library: stores.snapshots.library });
  const content = kept.slice(kept.indexOf('\n') + 1).replace(from, to);
  await stores.snapshots.keep(id, `${sha256Hex(content)}\n${content}`);
  await expect(loadRun(journal, charts, id, { snapshots: stores.snapshots })).rejects.toThrow();

  const second = createStage({ journal, definitions, stores });
  await second.engine.adopt(id);
  (await second.attempt('two#1')).complete();
  await second.until(({ state }) => state.status === 'COMPLETED');

  const view = await createQueries(createRunReader({ ...stores, journal, charts })).view(id);
  expect(view.state.status).toBe('COMPLETED');
});
