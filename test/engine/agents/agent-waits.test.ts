// Why a task of an agent has not begun, in words, by who is there. Method: real runs that wait for agents, looked at
// with a roster that a test writes down.
import { describe, expect, test } from 'vitest';
import { toView } from '../../../src/engine/queries/queries.ts';
import type { Agent, Roster, SeenWorker } from '../../../src/ports/work/agent-admin.ts';
import { chartOf } from '../../support/chart-of.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';

const seenAtMs = Date.parse('2026-01-01T00:01:00.000Z');

function worker(name: string, more: Partial<SeenWorker> = {}): SeenWorker {
  return {
    protocol: 1,
    worker: name,
    agent: 'SCOUT',
    skills: [],
    capacity: 2,
    running: 0,
    utilisation: 0,
    language: 'python',
    host: 'station',
    startedAt: '2026-01-01T00:00:00Z',
    everyMs: 5_000,
    leaving: false,
    seenAtMs,
    ...more,
  };
}

function agent(name: string, more: Partial<Agent> = {}): Agent {
  return {
    name,
    level: 'L3',
    skills: [],
    capacity: 2,
    transport: { kind: 'nats' },
    declared: true,
    workers: [],
    ...more,
  };
}

function rosterOf(...agents: readonly Agent[]): Roster {
  return {
    agents: () => agents,
    find: (name) => agents.find((each) => each.name === name),
    returns: () => undefined,
    onChange: () => () => undefined,
  };
}

function waitOf(driven: Driven, ...agents: readonly Agent[]) {
  const view = toView(driven.run(), '', { roster: rosterOf(...agents) });

  return { ...view.waitsFor[0], all: view.unattended };
}

const mark = { by: 'ana', at: '2026-01-01T00:00:30Z', reason: 'new disk' };

describe('a task of one agent', () => {
  const run = startedRun(chartOf('- { id: far, assigned_to: SCOUT, agent_level: L2 }'));

  test('waits for a worker where nobody has heard of the agent, or has no worker, and how to start one is told', () => {
    const expected = {
      reason: 'no worker is listening for the agent "SCOUT"',
      fix: 'workflow worker SCOUT -- <command>',
      unattended: true,
      all: ['far'],
    };
    expect(waitOf(run)).toMatchObject(expected);
    expect(waitOf(run, agent('SCOUT', { level: 'L2' }))).toMatchObject(expected);
  });

  test('is in the queue, and how busy the workers are is told', () => {
    const workers = [worker('a', { running: 2 }), worker('b', { running: 1 })];
    expect(waitOf(run, agent('SCOUT', { level: 'L1', workers }))).toMatchObject({
      reason: 'in the queue of "SCOUT": its 2 workers are listening (3 of 4)',
      all: [],
    });
    const busy = [worker('a', { running: 2 })];
    expect(waitOf(run, agent('SCOUT', { level: 'L1', workers: busy })).reason).toBe(
      'in the queue of "SCOUT": its worker is busy (2 of 2)',
    );
  });

  test('waits for an agent that is drained, and who did it and why is told', () => {
    const drained = agent('SCOUT', { level: 'L1', workers: [worker('a')], draining: mark });
    expect(waitOf(run, drained)).toMatchObject({
      reason: 'the agent "SCOUT" is draining since 2026-01-01T00:00:30Z by ana (new disk)',
      fix: 'workflow agents resume SCOUT',
      unattended: true,
    });
  });

  test('is not given to an agent below the level that it asks for', () => {
    expect(waitOf(run, agent('SCOUT', { workers: [worker('a')] }))).toMatchObject({
      reason: 'the agent "SCOUT" is L3, the task needs L2 or above',
      unattended: true,
    });
  });

  test('needs no worker where the agent is a command or reads files', () => {
    const files = { kind: 'files', inbox: '1N.3OX', outbox: '0UT.3OX' } as const;
    expect(waitOf(run, agent('SCOUT', { level: 'L0', transport: files }))).toMatchObject({
      reason: 'in the queue of "SCOUT", in the folder 1N.3OX',
      all: [],
    });
    const command = { kind: 'command', run: { command: ['scout'], env: {} } } as const;
    expect(waitOf(run, agent('SCOUT', { level: 'L0', transport: command })).unattended).toBeUndefined();
  });

  test('that is under way tells who has it, and when it was heard of last', () => {
    const begun = startedRun(chartOf('- { id: far, assigned_to: SCOUT }'));
    begun.does({ kind: 'startTask', task: 'far', attempt: 1, worker: 'w7' });
    expect(waitOf(begun, agent('SCOUT', { workers: [worker('w7')] })).reason).toBe(
      'attempt 1 is carried out by w7 of "SCOUT" since 2026-01-01T00:00:00.000Z, last heard 2026-01-01T00:01:00.000Z',
    );
    expect(toView(begun.run(), '').waitsFor[0]?.reason).toBe(
      'attempt 1 is carried out by w7 of "SCOUT" since 2026-01-01T00:00:00.000Z',
    );
  });

  test('that was with a worker that is gone tells so, and what helps, and is unattended where nobody is left', () => {
    const begun = startedRun(chartOf('- { id: far, assigned_to: SCOUT }'));
    begun.does({ kind: 'startTask', task: 'far', attempt: 1, worker: 'w7' });
    const was =
      'attempt 1 was with worker w7 of "SCOUT", which is not listening any more (last heard 2026-01-01T00:00:00.000Z)';
    expect(waitOf(begun)).toMatchObject({
      reason: `${was}; no worker is listening for the agent "SCOUT"`,
      fix: 'workflow worker SCOUT -- <command>',
      unattended: true,
      all: ['far'],
    });
    expect(waitOf(begun, agent('SCOUT', { workers: [worker('w8')] }))).toMatchObject({
      reason: `${was}; in the queue of "SCOUT": its worker is listening (0 of 2)`,
      all: [],
    });
    expect(waitOf(begun, agent('SCOUT', { workers: [worker('w7')] })).all).toEqual([]);
    const files = { kind: 'files', inbox: '1N.3OX', outbox: '0UT.3OX' } as const;
    expect(waitOf(begun, agent('SCOUT', { transport: files })).all).toEqual([]);
  });

  test('tells what can be told where it is not known who is there', () => {
    const { waitsFor, unattended } = toView(run.run(), '');
    expect(waitsFor[0]?.reason).toBe('waiting for a worker of the agent "SCOUT"');
    expect(unattended).toBeUndefined();
  });
});

describe('a task that asks for skills', () => {
  const run = startedRun(chartOf('- { id: far, requires: [scan, fly], agent_level: L2 }'));
  const scanner = agent('SCANNER', { level: 'L1', skills: ['scan'], workers: [worker('a')] });

  test('tells the skill that nobody offers at its level, and who offers it below', () => {
    expect(waitOf(run, scanner)).toMatchObject({
      reason: 'no agent offers the skill "fly" at level L2 or above',
      unattended: true,
      all: ['far'],
    });
    expect(waitOf(run, scanner, agent('BIRD', { skills: ['fly'], workers: [worker('b')] })).reason).toBe(
      'no agent offers the skill "fly" at level L2 or above; "BIRD" does, but is L3',
    );
  });

  test('tells all skills that nobody offers', () => {
    expect(waitOf(run).reason).toBe(
      'no agent offers the skill "scan" at level L2 or above; no agent offers the skill "fly" at level L2 or above',
    );
  });

  test('tells why an agent that has the skill cannot have it', () => {
    expect(waitOf(run, scanner, agent('BIRD', { level: 'L0', skills: ['fly'] })).reason).toBe(
      'of the agents that offer the skill "fly" none is there: "BIRD" does, but no worker is listening for it',
    );
    const drained = agent('BIRD', { level: 'L0', skills: ['fly'], workers: [worker('b')], draining: mark });
    expect(waitOf(run, scanner, drained).reason).toContain('"BIRD" does, but it is draining since');
  });

  test('is about to be assigned where a team is there', () => {
    const bird = agent('BIRD', { level: 'L0', skills: ['fly'], workers: [worker('b')] });
    expect(waitOf(run, scanner, bird)).toMatchObject({
      reason: 'being assigned to "BIRD" and "SCANNER"',
      all: [],
    });
  });

  test('waits for who leads once it is assigned', () => {
    const assigned = startedRun(chartOf('- { id: far, requires: scan }'));
    assigned.does({
      kind: 'assignTasks',
      assignments: [{ task: 'far', attempt: 1, agents: [{ agent: 'SCANNER', skills: ['scan'] }] }],
    });
    expect(waitOf(assigned).reason).toBe('no worker is listening for the agent "SCANNER"');
  });

  test('of a hundred items all are counted, and the first fifty told of', () => {
    const many = startedRun(
      chartOf(
        '- { id: each, type: FORK, for_each: "${workflow.input.items}", tasks: [{ id: far, requires: fly }] }',
        'input: { required: [items] }',
      ),
      { items: Array.from({ length: 200 }, (_, index) => index) },
    );
    const view = toView(many.run(), '', { roster: rosterOf() });
    expect(view.unattended).toHaveLength(100);
    expect(view.waitsFor.length).toBeLessThanOrEqual(51);
  });
});
