// What was said about agents counts for whoever said it, until everybody has heard of it. Method: a clock by hand.
import { expect, test } from 'vitest';
import { createSaidOfAgents } from '../../../src/engine/agents/agent-admin.ts';
import type { Agent } from '../../../src/ports/work/agent-admin.ts';

const agent: Agent = {
  name: 'SCANNER',
  level: 'L2',
  skills: [],
  capacity: 1,
  transport: { kind: 'nats' },
  declared: true,
  workers: [],
};
const mark = { by: 'ana', at: '2026-01-01T00:00:00.000Z' };

test('a drained agent is shown so at once, and one that was resumed is not', () => {
  const said = createSaidOfAgents({ steady: () => 0 });
  expect(said.applied(agent)).toBe(agent);
  said.note('SCANNER', mark);
  expect(said.applied(agent)).toEqual({ ...agent, draining: mark });
  expect(said.applied({ ...agent, name: 'OTHER' })).not.toHaveProperty('draining');
  said.note('SCANNER', undefined);
  expect(said.applied({ ...agent, draining: mark })).toEqual(agent);
});

test('an agent that was moved is shown so at once, with the department of its team, and one that was moved back is not', () => {
  const said = createSaidOfAgents({ steady: () => 0 });
  const moved = { ...mark, team: 'lead_desk', department: 'sales' };
  said.noteMove('SCANNER', moved);
  expect(said.applied({ ...agent, department: 'finance' })).toEqual({ ...agent, department: 'sales', moved });
  said.note('SCANNER', mark);
  expect(said.applied(agent)).toMatchObject({ moved, draining: mark });
  said.noteMove('SCANNER', undefined);
  expect(said.applied({ ...agent, moved })).not.toHaveProperty('moved');
});

test('after five seconds what everybody knows counts', () => {
  let now = 0;
  const said = createSaidOfAgents({ steady: () => now });
  said.note('SCANNER', mark);
  now = 4_999;
  expect(said.applied(agent).draining).toEqual(mark);
  now = 5_000;
  expect(said.applied(agent)).toBe(agent);
});
