// What a task declares as its output has to be in its result. Method: one task, a table of results, and what is said to
// be missing.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { decide } from '../../../machines/run/decide/decide.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const declaring = (names: string) => startedRun(chartOf(`- {id: t, uses: noop, output: ${names}}`));

test.each<[string, Json]>([
  ['[a, b]', { a: 1, b: null, more: 2 }],
  ['[a]', { a: false }],
  ['[]', 'anything'],
])('with output %s, %j is a result', (names, result) => {
  const run = declaring(names).completes('t', result).isIn('COMPLETED');

  expect(run.run().state.tasks['t']?.output).toEqual(result);
});

test.each<[Json, readonly string[]]>([
  [{ a: 1 }, ['b']],
  [{}, ['a', 'b']],
  [null, ['a', 'b']],
  ['a, b', ['a', 'b']],
  [
    ['a', 'b'],
    ['a', 'b'],
  ],
  [{ A: 1, b: 1 }, ['a']],
])('%j lacks what was declared, all of which is named', (result, missing) => {
  const run = declaring('[a, b]').completes('t', result).isIn('FAILED');

  expect(run.run().state.error).toMatchObject({
    code: 'output.missing',
    retryable: false,
    message: `the result of t lacks ${missing.join(', ')}, which its output declares`,
    details: { missing },
  });
});

test('a name that every map inherits is not in a result by that', () => {
  declaring('[constructor]').completes('t', {}).isIn('FAILED');
});

test.each<[Json, Json]>([
  [{ a: 1 }, { stderr: 'e' }],
  [{}, { stdout: '{}', stderr: 'e' }],
])(
  'of %j, printed on standard output, %j is kept: a result that is refused is recorded nowhere else',
  (output, log) => {
    const of = { task: 't', attempt: 1, worker: 'w', startedAt: '2026-01-01T00:00:00.000Z' };
    const printed = { stdout: JSON.stringify(output), stderr: 'e' };
    const answer = decide(declaring('[a]').run(), {
      ...{ kind: 'completeTask', ...of, output, log: printed, isPrinted: true },
    });

    expect(answer).toMatchObject({ ok: true, fact: { data: { log } } });
    expect(answer.ok && 'log' in answer.fact.data && answer.fact.data.log).toEqual(log);
  },
);
