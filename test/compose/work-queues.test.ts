// Agents are reached as their transport says, which agents.yaml may change while work is under way. Method: two queues
// that note what they are asked for.

import { expect, test } from 'vitest';
import { attemptKeyOf } from '../../events/worker-protocol.ts';
import { createWorkQueues } from '../../src/compose/session/open-agents.ts';
import type { Agent, Roster } from '../../src/ports/work/agent-admin.ts';
import type { WorkQueue } from '../../src/ports/work/work-queue.ts';
import { workItem } from '../contract/open-work.ts';

function noting(name: string, notes: string[]): WorkQueue {
  const note = (what: string) => async () => void notes.push(`${name} ${what}`);

  return {
    offer: note('offer'),
    withdraw: note('withdraw'),
    serve: async () => note('stop'),
  };
}

function rosterWith(kind: 'files' | 'nats'): Roster {
  const transport = kind === 'files' ? { kind, inbox: 'in', outbox: 'out' } : { kind };
  const base = { name: 'ada', level: 'L3', skills: [], capacity: 1, declared: true, workers: [] } as const;
  const agent: Agent = { ...base, transport };

  return {
    agents: () => [agent],
    find: () => agent,
    returns: () => undefined,
    onChange: () => () => undefined,
  };
}

test.each(['files', 'nats'] as const)(
  'an agent with %s is offered work there, and it is taken back everywhere',
  async (kind) => {
    const notes: string[] = [];
    const both = { nats: noting('nats', notes), files: noting('files', notes) };
    const queue = createWorkQueues(rosterWith(kind), both);
    const item = workItem('run-1');
    await queue.offer(item);
    await queue.withdraw({ agent: item.agent, attemptKey: attemptKeyOf(item), reason: 'over' });

    expect(notes).toEqual([`${kind} offer`, 'nats withdraw', 'files withdraw']);
  },
);
