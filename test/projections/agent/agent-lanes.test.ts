// Who did what in a run. Method: real journals with agents, people and the engine in them.
import { expect, test } from 'vitest';
import { agentLanes } from '../../../src/projections/agent/agent-lanes.ts';
import { goldenRun, goldenRuns } from '../golden-books.ts';

function lanesOf(name: string) {
  const { book, definition } = goldenRun(name);

  return agentLanes(book.rows, { definition });
}

test('has a lane for each agent, with what its workers did', () => {
  const lanes = lanesOf('agents');
  const scanner = lanes.find(({ name }) => name === 'SCANNER');

  expect(scanner?.kind).toBe('agent');
  expect(scanner?.acts.slice(0, 2)).toMatchObject([
    { what: 'began', task: 'a', attempt: 1, worker: 'worker-SCANNER-1.1' },
    { what: 'completed', task: 'a', attempt: 1 },
  ]);
});

test('finds the agent of a task that goes to whoever has the skills', () => {
  const lanes = lanesOf('skills').filter(({ kind }) => kind === 'agent');

  expect(lanes.length).toBeGreaterThan(0);
  expect(lanes.every(({ acts }) => acts.some(({ what }) => what === 'began'))).toBe(true);
});

test('has a lane for each person who answered', () => {
  const people = lanesOf('approvals').filter(({ kind }) => kind === 'person');

  expect(people.flatMap(({ acts }) => acts.map(({ what }) => what))).toContain('approved');
});

test('tells every attempt that began in one lane only, and nothing behind the event that was asked for', () => {
  for (const { book, records, definition } of goldenRuns()) {
    const acts = agentLanes(book.rows, { definition }).flatMap((lane) => lane.acts);
    const began = records.filter(({ type }) => type === 'task.started').map(({ sequence }) => sequence);
    const told = acts.filter(({ what }) => what === 'began').map(({ event }) => event);
    expect(told.sort((a, b) => a - b)).toEqual(began);
    expect(
      agentLanes(book.rows, { definition, at: 1 }).flatMap((lane) => lane.acts).length,
    ).toBeLessThanOrEqual(1);
  }
});
