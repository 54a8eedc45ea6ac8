// What a task is said to return is held when it completes: what does not fit fails the attempt, and another may fit.
// Method: one task of each kind, a table of results, and the error that names the member.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { chartOf } from '../../support/chart-of.ts';
import { ended, names } from '../../support/child-runs.ts';
import { startedRun } from '../../support/run-spec.ts';

const returning = (schema: string, more = '') =>
  startedRun(chartOf(`- {id: t, uses: noop, returns: ${schema}${more}}`));

test.each<[string, Json]>([
  ['{sum: number}', { sum: 1.5, more: true }],
  ['{sum: integer, "note?": string}', { sum: 1 }],
  ['{order: {ids: [string]}}', { order: { ids: ['a', 'b'] } }],
  ['[number]', []],
  ['any', null],
  ['{type: object, properties: {sum: {type: [number, "null"]}}, required: [sum]}', { sum: null }],
  ['{type: object, properties: {kind: {enum: [a, b]}}}', {}],
])('%s: %j is a result', (schema, result) => {
  const run = returning(schema).completes('t', result).isIn('COMPLETED');

  expect(run.at('t').output).toEqual(result);
});

test.each<[string, Json, string]>([
  ['{sum: number}', { sum: 'much' }, 'output.sum: expected a number, found the text "much"'],
  ['{sum: number}', {}, 'output.sum: expected a number, and it is not there'],
  ['{sum: number}', null, 'output: expected a mapping, found nothing'],
  ['{sum: integer}', { sum: 1.5 }, 'output.sum: expected an integer, found the number 1.5'],
  ['{"note?": string}', { note: 7 }, 'output.note: expected text, found the number 7'],
  ['{order: {total: number}}', { order: { total: '9' } }, 'output.order.total: expected a number'],
  ['{ids: [string]}', { ids: ['a', 2] }, 'output.ids[1]: expected text, found the number 2'],
  ['{type: object, properties: {sum: {minimum: 0}}}', { sum: -1 }, 'output.sum: expected at least 0'],
  [
    '{type: object, properties: {sum: {type: number}}, additionalProperties: false}',
    { smu: 1 },
    'output.smu: no such member',
  ],
  ['{toString: any}', {}, 'output.toString: expected a value, and it is not there'],
])('%s: %j fails the attempt, and the member is named', (schema, result, message) => {
  const run = returning(schema).completes('t', result).isIn('FAILED');

  expect(run.run().state.error).toMatchObject({ code: 'output.mismatch', retryable: true });
  expect(run.run().state.error?.message).toContain(`what t gave is not what its returns say: ${message}`);
});

test('another attempt may give what fits, unless the code is not to be tried again', () => {
  const again = ', retry_policy: {max_attempts: 2, initial_delay: 1s}';
  const run = returning('{sum: number}', again).completes('t', { sum: 'much' }).isIn('RUNNING');
  run.passes(1_000).completes('t', { sum: 3 }).isIn('COMPLETED');
  expect(run.at('t').error).toBeUndefined();

  const never = ', retry_policy: {max_attempts: 2, non_retryable: [output.mismatch]}';
  returning('{sum: number}', never).completes('t', { sum: 'much' }).isIn('FAILED');
});

test('the outputs of a run name what its tasks return', () => {
  const run = startedRun(chartOf('- {id: t, uses: noop, returns: {sum: number}}', 'output: [sum]'));

  expect(run.completes('t', { sum: 3 }).isIn('COMPLETED').run().state.output).toEqual({ sum: 3 });
});

const paid = (data: Json) => ({ kind: 'signal', name: 'paid', data }) as const;
const waiting = (more = '') =>
  startedRun(chartOf(`- {id: w, type: WAIT, signal: paid, returns: {amount: number}${more}}`));

test('what comes with a signal is held to it, where the WAIT is under way and where the signal came before', () => {
  const run = waiting()
    .does(paid({ amount: 5 }))
    .isIn('COMPLETED');
  expect(run.at('w').output).toEqual({ amount: 5, timed_out: false, signal: 'paid', data: { amount: 5 } });
  const odd = waiting()
    .does(paid({ amount: 'all' }))
    .isIn('FAILED');
  expect(odd.run().state.error).toMatchObject({ code: 'output.mismatch' });
  waiting(', optional: true').does(paid(null)).isIn('COMPLETED');
});

test('a WAIT that its time ends is not held to what a signal would have brought', () => {
  const run = waiting(', timeout: 1m, on_timeout: continue').passes(60_000).isIn('COMPLETED');

  expect(run.at('w').output).toEqual({ timed_out: true, signal: null, data: null });
});

test('what another run gave is held to it, and another run may give what fits', () => {
  const policy = 'retry_policy: {max_attempts: 2, initial_delay: 1s}';
  const run = startedRun(
    chartOf(`- {id: s, type: SUB_WORKFLOW, workflow: other, returns: {sum: number}, ${policy}}`),
  );
  run
    .does(names('s', 'first'))
    .does(ended('s', 'first', { output: { sum: 'much' } }))
    .isIn('RUNNING');
  expect(run.at('s')).toMatchObject({ state: 'retrying', error: { code: 'output.mismatch' } });
  run.passes(1_000).does(names('s', 'second', 2));
  run.does(ended('s', 'second', { attempt: 2, output: { sum: 3 } })).isIn('COMPLETED');
  expect(run.at('s').output).toEqual({ sum: 3 });
});

test('who completes a task by hand gives what it returns', () => {
  const byHand = (task: string, output: Json) => ({ kind: 'resolveTask', task, output }) as const;
  const run = returning('{sum: number}').refuses(byHand('t', {}), 'output.mismatch');
  run.does(byHand('t', { sum: 1 })).isIn('COMPLETED');
  const wait = waiting().refuses(byHand('w', { amount: 'all' }), 'output.mismatch');
  wait.does(byHand('w', { amount: 5 })).isIn('COMPLETED');
});
