// Agents that change while attempts wait for them, or are under way: in agents.yaml, in who is there, and in how much
// they may have. Method: see agents-world.ts.
import { expect, test } from 'vitest';
import type { NodeDeps } from '../../../src/engine/cluster/node.ts';
import type { Agent } from '../../../src/ports/work/agent-admin.ts';
import { agentNamed, createAgentsWorld, denied } from '../agents-world.ts';
import { ended, settled } from '../node-world.ts';

const far = '- { id: far, assigned_to: SCOUT }';
const command = { kind: 'command', run: { command: ['scout'], env: {} } } as const;
const drained = { by: 'ana', at: '2026-01-01T00:00:00Z' };

function scout(more: Partial<Agent> = {}): Agent {
  return agentNamed('SCOUT', { capacity: 1, transport: command, workers: [], ...more });
}

/** Commands that end when the test says so; `begun`: the tasks, in the order in which they began. */
function commands() {
  const begun: string[] = [];
  const open: (() => void)[] = [];
  const performers: NodeDeps['performers'] = {
    find: () => undefined,
    ofAgent: ({ name, transport }) =>
      transport.kind !== 'command'
        ? undefined
        : {
            worker: `command:${name}`,
            handler: async ({ task }) => {
              begun.push(task);
              await new Promise<void>((resolve) => open.push(resolve));
              return 1;
            },
          },
  };
  const endOne = async () => {
    open.shift()?.();
    await settled();
    await settled();
  };

  return { begun, performers, endOne };
}

const many = (count: number, more = '') =>
  Array.from({ length: count }, (_, index) => `- { id: t${index}, assigned_to: SCOUT${more} }`).join('\n');

test('a command runs as often at a time as its agent has capacity, and the most urgent goes first', async () => {
  const world = createAgentsWorld();
  world.roster.set(scout());
  const { begun, performers, endOne } = commands();
  const { workflows } = await world.join('one', { performers });
  const run = await world.start(workflows, `${many(3)}\n- { id: urgent, assigned_to: SCOUT, priority: 9 }`);
  expect(begun).toEqual(['t0']);
  await endOne();
  expect(begun).toEqual(['t0', 'urgent']);
  world.roster.set(scout({ capacity: 3 }));
  await world.pass(1_000);
  expect(begun).toEqual(['t0', 'urgent', 't1', 't2']);
  for (const _ of begun) await endOne();

  expect(await ended(workflows, run)).toContain('COMPLETED');
});

test('a command that waits for its turn does not get it in a paused run, and gets it when the run goes on', async () => {
  const world = createAgentsWorld();
  world.roster.set(scout());
  const { begun, performers, endOne } = commands();
  const { workflows } = await world.join('one', { performers });
  const paused = await world.start(workflows, many(3));
  const other = await world.start(workflows, far);
  await world.asking().command(paused, { kind: 'pauseRun' }, 'ana');
  await settled();
  await endOne();
  expect(begun).toEqual(['t0', 'far']);
  await world.asking().command(paused, { kind: 'resumeRun' }, 'ana');
  await endOne();
  expect(await ended(workflows, other)).toContain('COMPLETED');
  await endOne();
  await endOne();

  expect(begun).toEqual(['t0', 'far', 't1', 't2']);
  expect(await world.stateOf(paused, 't2')).toMatchObject({ state: 'completed' });
});

test('a run that is terminated gives no turn to its other commands', async () => {
  const world = createAgentsWorld();
  world.roster.set(scout());
  const { begun, performers } = commands();
  const { workflows, node } = await world.join('one', { performers });
  const run = await world.start(workflows, many(5));
  await world.asking().command(run, { kind: 'terminateRun' }, 'ana');
  await settled();
  expect(begun).toEqual(['t0']);
  await world.start(workflows, `${many(5)}\n- { id: more, uses: noop }`);
  expect(begun).toEqual(['t0', 't0']);
  await node.stop();

  expect(begun).toEqual(['t0', 't0']);
});

test('a command of an agent that is drained gets no turn, and one whose agent gets workers goes to these', async () => {
  const world = createAgentsWorld();
  world.roster.set(scout());
  const { begun, performers, endOne } = commands();
  const { workflows } = await world.join('one', { performers });
  await world.start(workflows, many(3));
  world.roster.set(scout({ draining: drained }));
  await endOne();
  await world.pass(1_000);
  expect(begun).toEqual(['t0']);
  world.roster.set(scout());
  await world.pass(1_000);
  expect(begun).toEqual(['t0', 't1']);
  world.roster.set(agentNamed('SCOUT'));
  await world.pass(1_000);

  expect((await world.worker('w1').take()).item.task).toBe('t2');
  expect(begun).toEqual(['t0', 't1']);
});

test('an attempt that a worker has stays with it when its agent becomes a command', async () => {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('SCOUT'));
  const { begun, performers } = commands();
  const { workflows } = await world.join('one', { performers });
  const run = await world.start(workflows, `${far}\n- { id: late, assigned_to: SCOUT }`);
  const held = await world.worker('w1').take();
  const late = await world.worker('w2').take();
  await held.says('start');
  world.roster.set(scout());
  // What the engine carries out is begun by no worker that still has the item.
  expect(await late.says('start')).toMatchObject(denied('agent.transport', 'wait'));
  await world.pass(1_000);
  expect(begun).toEqual(['late']);
  expect(await held.says('complete', { output: 2 })).toEqual({ ok: true });

  expect(await world.stateOf(run, 'far')).toMatchObject({ worker: 'w1', output: 2 });
  expect(begun).toEqual(['late']);
});

test('an agent that has become a command carries out what its worker died with', async () => {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('SCOUT'));
  const { begun, performers } = commands();
  const { workflows } = await world.join('one', { performers });
  await world.start(workflows, far);
  await (await world.worker('w1').take()).says('start');
  world.roster.set(scout());
  await world.pass(12_000);

  expect(begun).toEqual(['far']);
});

test('a command that an engine died with is begun at once by the next', async () => {
  const world = createAgentsWorld();
  world.roster.set(scout());
  const { begun, performers } = commands();
  const { workflows, node } = await world.join('one', { performers });
  const run = await world.start(workflows, far);
  await world.pass(100, 100);
  expect(await world.stateOf(run, 'far')).toMatchObject({ state: 'in_progress', worker: 'command:SCOUT' });
  await node.stop();
  await world.join('two', { performers });
  await settled();

  expect(begun).toEqual(['far', 'far']);
});

test('a worker whose agent is below the level of the task by now does not begin it', async () => {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('SCOUT', { level: 'L2' }));
  const { workflows } = await world.join('one');
  await world.start(workflows, '- { id: far, assigned_to: SCOUT, agent_level: L2 }');
  const held = await world.worker('w1').take();
  world.roster.set(agentNamed('SCOUT', { level: 'L3' }));
  expect(await held.says('start')).toMatchObject(denied('agent.level', 'wait'));
  world.roster.set(agentNamed('SCOUT', { level: 'L1' }));

  expect(await held.says('start')).toMatchObject({ ok: true });
});

test('an agent whose workers are gone gets the task only where nobody else is there', async () => {
  const world = createAgentsWorld();
  const away = agentNamed('AWAY', { skills: ['dig'], workers: [] });
  world.roster.set(away, agentNamed('THERE', { skills: ['dig'] }));
  const { workflows } = await world.join('one');
  const run = await world.start(workflows, '- { id: hole, requires: [dig] }');
  expect(await world.stateOf(run, 'hole')).toMatchObject({ assigned: [{ agent: 'THERE' }] });
  world.roster.set(away);
  const later = await world.start(workflows, '- { id: ditch, requires: [dig] }');

  expect(await world.stateOf(later, 'ditch')).toMatchObject({ assigned: [{ agent: 'AWAY' }] });
});

test('a start that waits while its attempt is given to another agent is refused, and the item is taken back', async () => {
  const world = createAgentsWorld();
  const skilled = (name: string, workers: Partial<Agent> = {}) =>
    agentNamed(name, { skills: ['dig'], ...workers });
  let slow: Promise<void> | undefined;
  let goOn = (): void => undefined;
  const { journal } = world;
  const append: typeof journal.append = async (asked) => {
    await slow;
    return journal.append(asked);
  };
  world.roster.set(skilled('OX'));
  const { workflows } = await world.join('one', { journal: { ...journal, append } });
  const run = await world.start(workflows, '- { id: hole, requires: [dig] }');
  const held = await world.worker('w1', 'OX').take();
  await held.claimed.giveBack(0);
  slow = new Promise((resolve) => {
    goOn = resolve;
  });
  world.roster.set(skilled('OX', { workers: [] }), skilled('YAK'));
  await world.pass(200, 100);
  const asked = held.says('start');
  await settled();
  goOn();

  expect(await asked).toMatchObject(denied('report.agent'));
  expect(await world.stateOf(run, 'hole')).toMatchObject({
    state: 'scheduled',
    assigned: [{ agent: 'YAK' }],
  });
  expect(await world.worker('w2', 'OX').look()).toBeUndefined();
  expect((await world.worker('w3', 'YAK').take()).item.task).toBe('hole');
});
