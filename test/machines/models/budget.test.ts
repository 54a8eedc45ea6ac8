// What asking models cost is summed up from the facts of a run, and is never less than it was. Method: facts by hand.
import { expect, test } from 'vitest';
import { ChildEnded, type ModelUsage, TaskCompleted, TaskFailed } from '../../../events/task-events.ts';
import { leftOf, moneyFor, spentAfter, tighter, usedUp } from '../../../machines/models/budget.ts';

const usage: ModelUsage = {
  ...{ model: 'fast', provider: 'm', calls: 1, inputTokens: 100, outputTokens: 10, ms: 5 },
  money: 0.1,
};
const of = { task: 'a', attempt: 1, worker: 'model:fast' };
const completed = (more: Partial<ModelUsage> = {}) =>
  TaskCompleted.of({ ...of, output: {}, usage: { ...usage, ...more } });

test('failed attempts and runs that this one started count as well', () => {
  const error = { code: 'llm.cut', message: 'cut', retryable: true };
  const child = { calls: 2, tokens: 20, ms: 1, money: 0.2 };
  const facts = [
    completed(),
    TaskFailed.of({ ...of, error, usage }),
    ChildEnded.of({ task: 'b', attempt: 1, run: 'r', status: 'COMPLETED', spent: child }),
  ];

  expect(facts.reduce(spentAfter, undefined as ReturnType<typeof spentAfter>)).toEqual({
    ...{ calls: 4, tokens: 240, ms: 11, money: 0.4 },
  });
});

test('what has no known price is all the money there is', () => {
  const { money: _unknown, ...unpriced } = usage;
  const spent = spentAfter(undefined, TaskCompleted.of({ ...of, output: {}, usage: unpriced }));

  expect(usedUp({ money: 100 }, spent)).toContain('no known price');
  expect(usedUp({ tokens: 1_000 }, spent)).toBeUndefined();
  expect(leftOf({ money: 100, tokens: 1_000 }, spent)).toEqual({ money: 0, tokens: 890 });
});

test('of two budgets the smaller counts, part by part', () => {
  expect(tighter({ tokens: 5, money: 2 }, { tokens: 9, calls: 1 })).toEqual({
    tokens: 5,
    money: 2,
    calls: 1,
  });
  expect(tighter(undefined, { calls: 1 })).toEqual({ calls: 1 });
});

test('money is counted by tokens, a million at a price', () => {
  expect(moneyFor({ inputTokens: 1_500_000, outputTokens: 1 }, { input: 2, output: 8 })).toBe(3.000008);
});
