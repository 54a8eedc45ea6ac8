// What agents did, out of the books of real runs: nothing is told of an agent that its journal does not hold.

import { expect, test } from 'vitest';
import type { FactMembers } from '../../../events/catalogue.ts';
import {
  type Attempted,
  agentWork,
  attemptsBy,
  attemptsOf,
} from '../../../src/projections/agent/agent-work.ts';
import { goldenRun, goldenRuns } from '../golden-books.ts';

const day = 24 * 60 * 60 * 1_000;
const shortId = (run: string) => run.slice(0, 4);

function attemptsIn(name: string): readonly Attempted[] {
  const { book, definition } = goldenRun(name);

  return attemptsOf(
    { run: 'test-run', definition: { id: definition.id, version: 1 } },
    book.rows,
    definition,
  );
}

test('each attempt of an agent is told with its worker and how it ended', () => {
  expect(attemptsBy('SCANNER', attemptsIn('agents')).at(-1)).toMatchObject({
    agent: 'SCANNER',
    run: 'test-run',
    task: 'a',
    attempt: 1,
    worker: 'worker-SCANNER-1.1',
    outcome: 'completed',
  });
});

test('the agent of a task that goes to whoever has the skills is the one that leads it', () => {
  const attempts = attemptsIn('skills');

  expect(attempts.length).toBeGreaterThan(0);
  expect(attempts.every(({ agent }) => agent !== '')).toBe(true);
});

test('in every journal, as many attempts completed as the journal says agents completed', () => {
  for (const { book, records, definition } of goldenRuns()) {
    const told = attemptsOf({ run: 'r', definition: { id: 'd', version: 1 } }, book.rows, definition);
    const tasks = new Set(told.map(({ task }) => task));
    const completed = records.filter(
      ({ type, data }) => type === 'task.completed' && tasks.has(data.fact.task),
    );
    const done = new Set(
      completed.map(({ data }) => {
        const { task, attempt }: FactMembers = data.fact;
        return `${task} ${attempt}`;
      }),
    );
    const said = told.filter(({ outcome }) => outcome === 'completed');
    expect(new Set(said.map(({ task, attempt }) => `${task} ${attempt}`))).toEqual(done);
  }
});

test('of a run with very many passes, the attempts that began last are told', () => {
  const { book, definition } = goldenRun('agents');
  const own = book.rows.filter(({ line }) => line.task === 'a');
  const beganMs = Date.parse(own[0]?.line.time ?? '');
  const passes = Array.from({ length: 1_500 }, (_, pass) => {
    const task = `again[${pass}].a`;
    const time = new Date(beganMs + pass * 1_000).toISOString();
    return own.map((row) => ({
      ...row,
      line: { ...row.line, task, time },
      moves: row.moves.filter((move) => move.task === 'a').map(({ to }) => ({ task, to })),
    }));
  });
  const told = attemptsOf({ run: 'r', definition: { id: 'd', version: 1 } }, passes.flat(), definition);

  expect(told).toHaveLength(1_000);
  expect(attemptsBy('SCANNER', told).map(({ task }) => task)).toEqual(
    Array.from({ length: 1_000 }, (_, index) => `again[${1_499 - index}].a`),
  );
});

test('the last day counts what ended in it, and the latest stays whenever it was', () => {
  const own = attemptsBy('SCANNER', attemptsIn('agents'));
  const [latest] = own;
  const endMs = Date.parse(latest?.to ?? '');
  const now = agentWork('SCANNER', own, { nowMs: endMs, shortId });
  const later = agentWork('SCANNER', own, { nowMs: endMs + day, shortId });

  expect(now.lastDay.completed).toBe(own.filter(({ outcome }) => outcome === 'completed').length);
  expect(now.lastDay.completed).toBeGreaterThan(0);
  expect(later.lastDay).toEqual({ completed: 0, failed: 0 });
  expect(later.latest).toMatchObject({ task: latest?.task, shortId: 'test' });
  expect(later.latest).not.toHaveProperty('agent');
});

test('an agent that did nothing has done nothing', () => {
  expect(agentWork('NOBODY', [], { nowMs: 0, shortId })).toEqual({
    agent: 'NOBODY',
    lastDay: { completed: 0, failed: 0 },
    latest: undefined,
  });
});
