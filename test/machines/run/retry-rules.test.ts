// What is tried again depends on what went wrong: a limit of calls passes by waiting, a declined card never. Method:
// runs of the pure core that fail with one code or another, and the attempts that they ask for.
import { expect, test } from 'vitest';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const chart = chartOf(`
  - id: pay
    uses: noop
    retry_policy:
      max_attempts: 2
      initial_delay: 1s
      backoff: fixed
      non_retryable: [card.stolen]
      rules:
        - {codes: [rate.limited, rate.banned], max_attempts: 4, delay: 30s}
        - {codes: card.declined, max_attempts: 1}
        - {codes: card.stolen, max_attempts: 9}
`);

test('an error that a rule names is tried again as often, and after as long, as the rule says', () => {
  const run = startedRun(chart);
  for (const next of ['pay#2', 'pay#3', 'pay#4']) {
    run.fails('pay', 'rate.limited').passes(29_999);
    expect(run.effects()).toEqual([]);
    expect(run.passes(1).effects()).toEqual([next]);
  }

  run.fails('pay', 'rate.banned').isIn('FAILED');
});

test('all other errors are tried again as the policy says', () => {
  const run = startedRun(chart).fails('pay', 'http.network').passes(1_000);
  expect(run.effects()).toEqual(['pay#2']);

  run.fails('pay', 'http.network').isIn('FAILED');
});

test('the attempts of all errors count', () => {
  const run = startedRun(chart).fails('pay', 'http.network').passes(1_000);
  run.fails('pay', 'rate.limited').passes(30_000);
  expect(run.effects()).toEqual(['pay#3']);

  run.fails('pay', 'http.network').isIn('FAILED');
});

test.each(['card.declined', 'card.stolen'])('%s is not tried again', (code) => {
  startedRun(chart).fails('pay', code).isIn('FAILED');
});

test('a rule for all errors makes what has one attempt have more, and leaves what no attempt can help', () => {
  const retried = chartOf(
    '- {id: pay, uses: noop, retry_policy: {rules: [{codes: "*", max_attempts: 2, delay: 0s}]}}',
  );
  expect(startedRun(retried).fails('pay').passes(0).effects()).toEqual(['pay#2']);

  startedRun(retried).fails('pay', 'test.failed', false).isIn('FAILED');
});
