// The lists that FORKs and loops work on.
import { expect, test } from 'vitest';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const over = (list: unknown, keys = 'type: FORK, for_each: "${workflow.input.list}"') =>
  startedRun(chartOf(`- {id: all, ${keys}, tasks: [{id: t, type: NOOP}]}`, 'input: {required: [list]}'), {
    list: list as never,
  });

test('an empty list is done at once', () => {
  expect(over([]).isIn('COMPLETED').at('all').output).toMatchObject({ results: [], total: 0 });
});

test('what is no list fails the task and is shown', () => {
  const { error } = over({ a: 1 }).isIn('FAILED').run().state;

  expect(error).toMatchObject({ code: 'items.not-a-list', retryable: false });
  expect(error?.message).toContain('{"a":1}');
});

test('a list that is longer than is allowed fails before anything of it begins', () => {
  const run = over(Array.from({ length: 100_001 }, () => 0));
  expect(run.isIn('FAILED').run().state.error?.code).toBe('items.too-many');

  const loop = over([1, 2, 3], 'type: DO_WHILE, items: "${workflow.input.list}", max_iterations: 2');
  expect(loop.isIn('FAILED').run().state.error?.code).toBe('loop.max-iterations');
});
