// Who could carry out work now: what agents.yaml declares, and what workers say of themselves. Method: workers speak
// through the memory work queue, and time passes by hand.
import { beforeEach, describe, expect, test } from 'vitest';
import type { Hello } from '../../../events/worker-protocol.ts';
import type { DeclaredAgents } from '../../../machines/agents/load-agents.ts';
import { createRoster } from '../../../src/engine/agents/agent-registry.ts';
import type { DrainMark, Roster } from '../../../src/ports/work/agent-admin.ts';
import { createMemoryWork, type MemoryWork } from '../../../src/stores/memory/work-queue.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

let clock: ManualClock;
let work: MemoryWork;
let declared: DeclaredAgents;
let declare: (agents: DeclaredAgents['agents']) => void;
let marks: Map<string, DrainMark>;
let marksAreDown: boolean;
let marksAsked: number;
let troubles: unknown[];
let changes: number;

beforeEach(() => {
  clock = createManualClock();
  work = createMemoryWork(clock);
  declared = { agents: [], principals: [], skills: [] };
  marks = new Map();
  marksAreDown = false;
  marksAsked = 0;
  troubles = [];
  changes = 0;
});

async function open(): Promise<Roster & { readonly close: () => void }> {
  const roster = await createRoster({
    declared: {
      current: () => declared,
      onChange: (listener) => {
        declare = (agents) => {
          declared = { ...declared, agents };
          listener();
        };
        return () => undefined;
      },
    },
    presence: work.presence,
    marks: {
      all: async () => {
        marksAsked += 1;
        if (marksAreDown) throw new Error('no leader');
        return new Map(marks);
      },
    },
    clock,
    onTrouble: (error) => troubles.push(error),
  });
  roster.onChange(() => {
    changes += 1;
  });

  return roster;
}

function hello(worker: string, more: Partial<Hello> = {}): Hello {
  return {
    protocol: 1,
    worker,
    agent: 'SCANNER',
    skills: ['scan'],
    capacity: 2,
    running: 0,
    utilisation: 0,
    language: 'python',
    host: 'station',
    startedAt: '2026-01-01T00:00:00Z',
    everyMs: 1_000,
    leaving: false,
    ...more,
  };
}

const mark: DrainMark = { by: 'ana', at: '2026-01-01T00:00:00Z', reason: 'disk' };

describe('agents that workers speak for', () => {
  test('all workers are asked to speak up when the roster is made', async () => {
    const link = work.link();
    link.onRollCall(() => link.hello(hello('a')));
    expect((await open()).find('SCANNER')?.workers).toMatchObject([{ worker: 'a', language: 'python' }]);
  });

  test('have the skills and the room of their workers together, and the lowest level that these name', async () => {
    const roster = await open();
    work.link().hello(hello('b', { level: 'L1', skills: ['scan', 'report'] }));
    work.link().hello(hello('a', { level: 'L2', capacity: 3, department: 'ops' }));
    expect(roster.agents()).toMatchObject([
      {
        name: 'SCANNER',
        level: 'L2',
        skills: ['report', 'scan'],
        capacity: 5,
        department: 'ops',
        declared: false,
        transport: { kind: 'nats' },
        workers: [{ worker: 'a' }, { worker: 'b' }],
      },
    ]);
  });

  test('a worker that is silent for three of its intervals is gone, one that leaves at once', async () => {
    const roster = await open();
    work.link().hello(hello('slow', { everyMs: 60_000 }));
    work.link().hello(hello('quick'));
    clock.advance(2_999);
    expect(roster.find('SCANNER')?.workers).toHaveLength(2);
    clock.advance(1);
    expect(roster.find('SCANNER')?.workers).toMatchObject([{ worker: 'slow' }]);
    work.link().hello(hello('slow', { leaving: true }));
    expect(roster.agents()).toEqual([]);
  });

  test('a worker that goes on to speak up stays', async () => {
    const roster = await open();
    for (let second = 0; second < 20; second += 1) {
      work.link().hello(hello('a', { running: second % 2 }));
      clock.advance(1_000);
    }
    expect(roster.find('SCANNER')?.workers).toMatchObject([{ worker: 'a', running: 1 }]);
  });
});

describe('agents that are declared', () => {
  test('are there without workers, and what is declared counts before what workers say', async () => {
    declared = {
      agents: [{ name: 'SCANNER', level: 'L1', skills: ['audit'], capacity: 9, transport: { kind: 'nats' } }],
      principals: [],
      skills: [],
    };
    const roster = await open();
    expect(roster.find('SCANNER')).toMatchObject({ level: 'L1', capacity: 9, declared: true, workers: [] });
    work.link().hello(hello('a', { level: 'L3' }));
    expect(roster.find('SCANNER')).toMatchObject({ level: 'L1', skills: ['audit'], capacity: 9 });
  });

  test('have the skills of their workers where none are declared', async () => {
    declared = {
      agents: [{ name: 'SCANNER', level: 'L1', transport: { kind: 'nats' } }],
      principals: [],
      skills: [],
    };
    const roster = await open();
    work.link().hello(hello('a'));
    expect(roster.find('SCANNER')).toMatchObject({ skills: ['scan'], capacity: 2 });
  });

  test('are those that the file declares now', async () => {
    const roster = await open();
    declare([{ name: 'CMD', level: 'L0', transport: { kind: 'files', inbox: 'in', outbox: 'out' } }]);
    expect(roster.agents().map(({ name, capacity }) => [name, capacity])).toEqual([['CMD', 1]]);
  });
});

describe('agents that are drained', () => {
  test('are known to be soon after somebody says so, and again when they take work', async () => {
    marks.set('SCANNER', mark);
    const roster = await open();
    expect(roster.find('SCANNER')?.draining).toEqual(mark);
    marks.clear();
    clock.advance(2_000);
    await expect.poll(() => roster.find('SCANNER')).toBeUndefined();
  });

  test('stay drained while it cannot be read, which is told once', async () => {
    marks.set('SCANNER', mark);
    const roster = await open();
    marksAreDown = true;
    const asked = marksAsked;
    await expect
      .poll(() => {
        clock.advance(2_000);

        return marksAsked - asked;
      })
      .toBeGreaterThan(3);
    expect(troubles).toHaveLength(1);
    expect(roster.find('SCANNER')?.draining).toEqual(mark);
  });
});

describe('whoever waits for agents', () => {
  test('is told when somebody comes, can do other things, or goes, and not of every sign of life', async () => {
    await open();
    work.link().hello(hello('a'));
    expect(changes).toBe(1);
    work.link().hello(hello('a', { running: 2, utilisation: 0.5 }));
    expect(changes).toBe(1);
    work.link().hello(hello('a', { skills: ['scan', 'report'] }));
    expect(changes).toBe(2);
    clock.advance(3_000);
    expect(changes).toBe(3);
    declare([]);
    expect(changes).toBe(4);
  });

  test('is told nothing more when the roster is closed', async () => {
    const roster = await open();
    roster.close();
    work.link().hello(hello('a'));
    clock.advance(60_000);
    expect(changes).toBe(0);
  });
});
