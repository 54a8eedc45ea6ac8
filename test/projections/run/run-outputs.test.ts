// What a run has brought forth, the files first. Method: real runs are driven to their end.
import { expect, test } from 'vitest';
import { outputsOf } from '../../../src/projections/run/run-document.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';
import { viewOf } from '../view-of.ts';

test('names the outputs of the run, files first, and leaves out what is null', () => {
  const chart = chartOf(
    '- { id: write, uses: receipt.write, output: [score, receipt_file, note] }',
    'output: [score, receipt_file, note]',
  );
  const run = startedRun(chart).completes('write', { score: 85, receipt_file: 'out/R.yaml', note: null });
  expect(outputsOf(viewOf(run))).toEqual([
    { name: 'receipt_file', value: 'out/R.yaml', isFile: true },
    { name: 'score', value: 85, isFile: false },
  ]);
});

test('finds the receipt of a task where the definition names no output', () => {
  const run = startedRun(chartOf('- { id: write, uses: receipt.write }')).completes('write', {
    receipt_file: 'R.yaml',
  });
  expect(outputsOf(viewOf(run))).toEqual([{ name: 'receipt_file', value: 'R.yaml', isFile: true }]);
});
