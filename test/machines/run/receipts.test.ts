// A receipt that does not fit its schema fails the task, by the name of the member. Method: one task of each kind that
// may keep a receipt, a result, and the error that comes of it.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { chartOf } from '../../support/chart-of.ts';
import { ended, names } from '../../support/child-runs.ts';
import { startedRun } from '../../support/run-spec.ts';

const kept = (more = '') =>
  startedRun(
    chartOf(
      `- {id: t, uses: noop, receipt: {schema: {sum: number, "note?": string}, to: out/a.yaml}${more}}`,
    ),
  );

test('a receipt that fits completes its task', () => {
  const run = kept().completes('t', { sum: 2 }).isIn('COMPLETED');

  expect(run.at('t').output).toEqual({ sum: 2 });
});

test.each<[Json, string]>([
  [{ sum: 'much' }, 'output.sum: expected a number, found the text "much"'],
  [{}, 'output.sum: expected a number, and it is not there'],
  [{ sum: 1, note: 7 }, 'output.note: expected text, found the number 7'],
  [null, 'output: expected a mapping, found nothing'],
  [{ sum: 1, proof: {} }, 'output.proof: the engine writes this member of a receipt'],
])('%j fails the task, and the member is named', (result, message) => {
  const { error } = kept().completes('t', result).isIn('FAILED').run().state;

  expect(error).toMatchObject({ code: 'receipt.mismatch', retryable: true });
  expect(error?.message).toContain(`the receipt of t does not fit its schema: ${message}`);
});

test('another attempt may give a receipt that fits, unless the code is not to be tried again', () => {
  const again = ', retry_policy: {max_attempts: 2, initial_delay: 1s}';
  kept(again).completes('t', { sum: 'x' }).passes(1_000).completes('t', { sum: 3 }).isIn('COMPLETED');

  kept(', retry_policy: {max_attempts: 2, non_retryable: [receipt.mismatch]}')
    .completes('t', {})
    .isIn('FAILED');
});

test('a catch names what it is about', () => {
  const chart = chartOf(`
    - {id: t, uses: noop, receipt: {schema: {sum: number}, to: a.yaml}, catch: [{errors: [receipt.mismatch], next: c}]}
    - {id: c, type: NOOP}`);

  startedRun(chart).completes('t', {}).isIn('COMPLETED');
});

test('the receipt of a TRANSFORM is what it makes, and that of a SUB_WORKFLOW the output of the other run', () => {
  const made = startedRun(
    chartOf(
      '- {id: t, type: TRANSFORM, output: {sum: "much"}, receipt: {schema: {sum: number}, to: a.yaml}}',
    ),
  );
  expect(made.completes('t', { sum: 'much' }).isIn('FAILED').run().state.error?.code).toBe(
    'receipt.mismatch',
  );

  const sub = startedRun(
    chartOf('- {id: s, type: SUB_WORKFLOW, workflow: x, receipt: {schema: {sum: number}, to: a.yaml}}'),
  );
  sub.does(names('s', 'other')).does(ended('s', 'other', { output: { sum: 2 } }));
  expect(sub.effects()).toEqual(['s#1']);
  sub.completes('s', { sum: 2 }).isIn('COMPLETED');
});
