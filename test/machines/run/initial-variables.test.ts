// What is worked out before a run starts: its variables, and the key of its concurrency limit.
import { expect, test } from 'vitest';
import { concurrencyKey, initialVariables } from '../../../machines/run/initial-variables.ts';
import { chartOf } from '../../support/chart-of.ts';
import { undrivenRun } from '../../support/run-spec.ts';

const chart = chartOf(
  '- {id: a, uses: noop}',
  'input: {required: [n]}\nvariables: {twice: "${workflow.input.n * 2}", run: "${workflow.run_id}"}\nconcurrency: {limit: 2, key: "${workflow.input.n}"}',
);

test('variables may read the input and the id of the run', () => {
  expect(initialVariables(chart, 'r1', { n: 4 })).toEqual({ ok: true, value: { twice: 8, run: 'r1' } });
});

test('a key that is no text is written as JSON, after the id of the definition', () => {
  expect(concurrencyKey(chart, 'r1', { n: 4 })).toEqual({ ok: true, value: 'under-test/4' });
  const plain = chartOf('- {id: a, uses: noop}', 'concurrency: {limit: 2}');
  expect(concurrencyKey(plain, 'r1', {})).toEqual({ ok: true, value: 'under-test' });
  expect(concurrencyKey(chartOf('- {id: a, uses: noop}'), 'r1', {})).toEqual({ ok: true, value: undefined });
});

test('a run whose variables or key cannot be made does not start', () => {
  const run = undrivenRun(chart);
  expect(initialVariables(chart, 'r1', { n: 'x' })).toMatchObject({ ok: false });

  run.refuses({ kind: 'startRun', run: 'r1', input: { n: 'x' } }, 'expression.failed');
});
