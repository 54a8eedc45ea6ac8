// What the end of a run says to a KPI when something about the run cannot be read. Method: the measuring alone, with
// readers that fail as they do in a store that is away, or over a damaged run.
import { expect, test } from 'vitest';
import { compileRule } from '../../../machines/goals/kpi-rule.ts';
import { loadEnterprise } from '../../../machines/goals/load-enterprise.ts';
import { parseStored } from '../../../machines/run/record/stored-record.ts';
import { createRunMeasuring, type StoredRecord } from '../../../src/engine/goals/ended-runs.ts';
import { DefinitionMissing } from '../../../src/engine/run-reader/charts.ts';
import { RunQuarantined } from '../../../src/ports/runs/journal.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const enterprise = loadEnterprise({
  file: 'enterprise.yaml',
  content: 'kpis: { lost: { measure: count, when: "output == null", period: day } }\n',
});
const rules = enterprise.ok ? enterprise.kpis.map(({ rule }) => compileRule(rule)) : [];
const chart = chartOf('- { id: a, uses: notify }');

function ended(): StoredRecord {
  const bodies = startedRun(chart).fails('a', 'x').bodies;
  const stored = parseStored({ run: 'test-run', position: bodies.length, body: bodies.at(-1) ?? '' });
  if (stored.kind !== 'record') throw new Error('the last record of the run is none');

  return stored;
}

const away = () => Promise.reject(new Error('the store does not answer'));
const charts = { byHash: async () => chart } as never;

test('while the store does not answer nothing is counted, and it is asked again', async () => {
  expect(rules).toHaveLength(1);
  const measuring = createRunMeasuring({ charts: { byHash: away } as never, fold: away });
  await expect(measuring.contributions(ended(), rules)).rejects.toThrow('the store does not answer');
});

test('a definition that is gone has no labels, and its run did end', async () => {
  const gone = { byHash: () => Promise.reject(new DefinitionMissing('gone')) } as never;
  const counting = compileRule({ measure: 'success_rate', period: 'day' } as never);
  const [found] = await createRunMeasuring({ charts: gone, fold: away }).contributions(ended(), [counting]);
  expect(found).toMatchObject({ run: 'test-run' });
});

test('one run that is damaged stops no KPI: it is told of what could not be told', async () => {
  const damaged = () => Promise.reject(new RunQuarantined({ code: 'x', message: 'y', position: 1 } as never));
  const [found] = await createRunMeasuring({ charts, fold: damaged }).contributions(ended(), rules);
  expect(found).toMatchObject({ run: 'test-run', problem: expect.any(String) });
});
