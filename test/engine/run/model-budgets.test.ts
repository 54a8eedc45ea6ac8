// What models may cost goes with the runs that a run starts, and comes back with what they spent. Method: one real
// engine works on parent and child on the in-memory journal; the test answers for the model, and says what it cost.
import { expect, test } from 'vitest';
import type { ModelUsage } from '../../../events/task-events.ts';
import { childRun } from '../../../machines/run/run.ts';
import { hostHere } from '../../../src/engine/run/child-hosts.ts';
import { DefinitionMissing } from '../../../src/engine/run-reader/charts.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { chartOf, chartOfText } from '../../support/chart-of.ts';
import { createStage, type OpenAttempt, register } from '../../support/engine-bench.ts';

const childText = `workflow:
  id: child
  version: 1
  tasks:
    - {id: first, type: LLM, model: fast, prompt: hello}
    - {id: second, type: LLM, model: fast, prompt: hello, depends_on: first}
`;
const tasks = `
  - {id: before, type: LLM, model: fast, prompt: hello}
  - {id: call, type: SUB_WORKFLOW, workflow: child, depends_on: before}
  - {id: after, type: LLM, model: fast, prompt: hello, depends_on: call}
`;
const child = childRun('run-1', 'call', 1);
const usage: ModelUsage = {
  provider: 'here',
  model: 'm-1',
  calls: 1,
  inputTokens: 90,
  outputTokens: 10,
  ms: 5,
  money: 0.5,
};

/** Starts a run with this budget, whose child asks twice, between two questions of its own. */
async function staged(budget: string) {
  const definitions = createMemoryDefinitionStore();
  await register(definitions, chartOfText(childText), childText);
  const stage = createStage({ definitions });
  await stage.engine.startRun({ run: 'run-1', chart: chartOf(tasks, budget), input: {}, actor: 'test' });
  const ended = async (id: string) =>
    (await stage.untilRun(id, ({ state }) => state.endedAt !== undefined)).state;

  return { ...stage, ended };
}

function answer({ attempt, complete }: OpenAttempt): void {
  attempt.asking?.used(usage);
  complete({ text: 'good day' });
}

test('a child is given what is left of the budget, and what it spent counts for the run that started it', async () => {
  const { attempt, runs, ended } = await staged('budget: {tokens: 1000, calls: 4, money: 5}');
  answer(await attempt('before#1'));
  answer(await attempt('first#1'));
  expect(runs.get(child)?.state.budget).toEqual({ tokens: 900, calls: 3, money: 4.5 });
  answer(await attempt('second#1'));
  expect((await ended(child)).spent).toMatchObject({ calls: 2, tokens: 200, money: 1 });
  answer(await attempt('after#1'));

  expect(await ended('run-1')).toMatchObject({
    status: 'COMPLETED',
    spent: { calls: 4, tokens: 400, ms: 20, money: 2 },
  });
});

test('a child asks no more than was left, and the run that started it no more after that', async () => {
  const { attempt, begun, ended } = await staged('budget: {calls: 2}');
  answer(await attempt('before#1'));
  answer(await attempt('first#1'));

  expect(await ended(child)).toMatchObject({ status: 'FAILED', error: { code: 'budget.exceeded' } });
  expect(await ended('run-1')).toMatchObject({
    status: 'FAILED',
    error: { code: 'budget.exceeded' },
    spent: { calls: 2 },
  });
  expect(begun).toEqual(['before#1', 'first#1']);
});

test('what a child spent before it was given up counts', async () => {
  const { engine, attempt, ended } = await staged('budget: {calls: 9}');
  answer(await attempt('before#1'));
  answer(await attempt('first#1'));
  await attempt('second#1');
  await engine.submit('run-1', { kind: 'terminateRun' }, { actor: 'ana' });

  expect(await ended('run-1')).toMatchObject({ status: 'TERMINATED', spent: { calls: 2 } });
});

test('what cannot be told of a child that was given up never counts as nothing, and keeps no run from its end', async () => {
  const spentOf = (error: Error) =>
    hostHere({ reader: { fold: () => Promise.reject(error) }, otherRuns: {} } as never).spentOf('run-1');

  expect(await spentOf(new DefinitionMissing('gone'))).toMatchObject({ unpriced: true });
  await expect(spentOf(new Error('for a while'))).rejects.toThrow('for a while');
});
