import { createQueries } from '../../../src/engine/queries/queries.ts';
import { createCharts } from '../../../src/engine/run-reader/charts.ts';
import { createRunReader } from '../../../src/engine/run-reader/run-reader.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { createStage, register, type StageOptions } from '../../support/engine-bench.ts';

/** A stage on which `run-1` is a run of the first of these definitions; the others are there for it. */
export async function staged(texts: readonly string[], options: StageOptions = {}) {
  const definitions = options.definitions ?? createMemoryDefinitionStore();
  for (const each of texts) await register(definitions, chartOfText(each), each);
  const stage = createStage({ ...options, definitions });
  const questions = createQueries(
    createRunReader({ journal: stage.journal, charts: createCharts(definitions) }),
  );
  const start = (input = {}) =>
    stage.engine.startRun({ run: 'run-1', chart: chartOfText(texts[0] ?? ''), input, actor: 'test' });
  const ended = () => stage.untilRun('run-1', ({ state }) => state.endedAt !== undefined);

  return { ...stage, questions, definitions, start, ended };
}
