// Who gets an attempt: by name, by skills, as a team, in which order, how many at a time. Method: see agents-world.ts.
import { expect, test } from 'vitest';
import { openTasks } from '../../../machines/chart/task-at.ts';
import type { Handler } from '../../../src/ports/work/handler.ts';
import { agentNamed, createAgentsWorld } from '../agents-world.ts';
import { ended } from '../node-world.ts';

const able = '- { id: able, requires: [dig, haul] }';
const mole = agentNamed('MOLE', { skills: ['dig'] });
const mule = agentNamed('MULE', { skills: ['haul'] });
const ox = agentNamed('OX', { skills: ['dig', 'haul'] });

test('one agent that has all skills gets the task, and who it was is recorded', async () => {
  const world = createAgentsWorld();
  world.roster.set(mole, mule, ox);
  const { workflows } = await world.join('one');
  const run = await world.start(workflows, able);
  const held = await world.worker('w1', 'OX').take();
  expect(held.item.team).toBeUndefined();
  await held.says('start');
  await held.says('complete', { output: 1 });

  expect(await ended(workflows, run)).toContain('COMPLETED');
  expect(await world.stateOf(run, 'able')).toMatchObject({
    assigned: [{ agent: 'OX', skills: ['dig', 'haul'] }],
  });
});

test('where nobody has all skills a team is formed, and its first gets the work', async () => {
  const world = createAgentsWorld();
  world.roster.set(mole, mule);
  const { workflows } = await world.join('one');
  const run = await world.start(workflows, able);
  const { assigned } = (await world.stateOf(run, 'able')) ?? {};
  const lead = assigned?.[0]?.agent ?? '';

  expect((await world.worker('w1', lead).take()).item.team).toEqual(assigned);
  expect(assigned?.map(({ agent }) => agent).sort()).toEqual(['MOLE', 'MULE']);
});

test('the tasks of a wide FORK are assigned by one event, and shared among those who have the skill', async () => {
  const world = createAgentsWorld();
  world.roster.set(mole, agentNamed('VOLE', { skills: ['dig'] }));
  const { workflows } = await world.join('one');
  const fork =
    '- { id: each, type: FORK, for_each: "${workflow.input.list}", concurrency: 300, tasks: [{ id: dig, requires: [dig] }] }';
  const run = await world.start(workflows, fork, { list: Array.from({ length: 300 }, (_, index) => index) });
  const told = await world.told(run);

  expect(told.filter((line) => line.includes('assigned'))).toEqual(['tasks.assigned by engine']);
  const { state } = await workflows.view(run);
  const leads = [...openTasks(state.tasks)].map(([_, { assigned }]) => assigned?.[0]?.agent);
  expect(leads.filter((lead) => lead === 'MOLE')).toHaveLength(150);
  expect(leads.filter((lead) => lead === 'VOLE')).toHaveLength(150);
});

test('a task that nobody has the skills for waits until somebody comes who has', async () => {
  const world = createAgentsWorld();
  const { workflows } = await world.join('one');
  const run = await world.start(workflows, able);
  expect(await world.stateOf(run, 'able')).toMatchObject({ state: 'scheduled' });
  world.roster.set(ox);
  await world.pass(1_000);

  expect((await world.worker('w1', 'OX').take()).item.run).toBe(run);
});

test('a task whose agent lost all its workers is given to another one, unless somebody holds it', async () => {
  const world = createAgentsWorld();
  world.roster.set(ox);
  const { workflows } = await world.join('one');
  const run = await world.start(workflows, `${able}\n- { id: held, requires: [dig] }`);
  const of = world.worker('w1', 'OX');
  const items = [await of.take(), await of.take()];
  const holding = items.find(({ item }) => item.task === 'held');
  await holding?.says('start');
  world.roster.set(
    agentNamed('OX', { skills: ['dig', 'haul'], workers: [] }),
    agentNamed('YAK', { skills: ['dig', 'haul'] }),
  );
  await world.pass(1_000);
  const moved = await world.worker('w2', 'YAK').take();

  expect(moved.item.task).toBe('able');
  expect(await world.worker('w2', 'YAK').look()).toBeUndefined();
  expect(await holding?.says('complete', { output: 1 })).toEqual({ ok: true });
  expect(await items.find(({ item }) => item.task === 'able')?.says('start')).toMatchObject({
    code: 'report.agent',
  });
  expect(await moved.says('start')).toMatchObject({ ok: true });
  expect(await world.stateOf(run, 'able')).toMatchObject({ assigned: [{ agent: 'YAK' }], worker: 'w2' });
});

test('a worker that died with the last of its agent loses the task to another agent', async () => {
  const world = createAgentsWorld();
  world.roster.set(ox);
  const { workflows } = await world.join('one');
  const run = await world.start(workflows, able);
  await (await world.worker('w1', 'OX').take()).says('start');
  const yak = agentNamed('YAK', { skills: ['dig', 'haul'] });
  world.roster.set(agentNamed('OX', { skills: ['dig', 'haul'], workers: [] }), yak);
  const next = world.worker('w2', 'YAK').take();
  await world.pass(12_000);

  expect(await (await next).says('start')).toMatchObject({ ok: true });
  expect(await world.stateOf(run, 'able')).toMatchObject({ worker: 'w2', deaths: 1 });
});

test('tasks that come at once are shared among those who can do them', async () => {
  const world = createAgentsWorld();
  world.roster.set(...['A', 'B', 'C', 'D'].map((name) => agentNamed(name, { skills: ['dig'] })));
  const { workflows } = await world.join('one');
  const tasks = Array.from({ length: 40 }, (_, index) => `- { id: t${index}, requires: [dig] }`);
  const run = await world.start(workflows, tasks.join('\n'));
  const { state } = await world.asking().view(run);
  const agents = Object.values(state.tasks).map(({ assigned }) => assigned?.[0]?.agent);

  expect(['A', 'B', 'C', 'D'].map((name) => agents.filter((each) => each === name).length)).toEqual([
    10, 10, 10, 10,
  ]);
});

test('an agent below the level that a task asks for does not get it', async () => {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('SCOUT', { level: 'L3' }));
  const { workflows } = await world.join('one');
  const run = await world.start(workflows, '- { id: far, assigned_to: SCOUT, agent_level: L2 }');
  expect(await world.worker('w1').look()).toBeUndefined();
  world.roster.set(agentNamed('SCOUT', { level: 'L2' }));
  await world.pass(1_000);

  expect((await world.worker('w1').take()).item).toMatchObject({ run, level: 'L2' });
});

test('the command of an agent is carried out by the engine itself', async () => {
  const world = createAgentsWorld();
  const command = { kind: 'command', run: { command: ['dig'], env: {} } } as const;
  const agent = agentNamed('DIGGER', { skills: ['dig'], transport: command, workers: [] });
  world.roster.set(agent);
  const handler: Handler = ({ input }) => Promise.resolve({ dug: input });
  const { workflows } = await world.join('one', {
    performers: {
      find: () => undefined,
      ofAgent: ({ name }) => (name === 'DIGGER' ? { worker: 'engine one', handler } : undefined),
    },
  });
  const run = await world.start(
    workflows,
    '- { id: a, assigned_to: DIGGER }\n- { id: b, requires: [dig], input: 3 }',
  );

  expect(await ended(workflows, run)).toContain('COMPLETED');
  expect(await world.stateOf(run, 'b')).toMatchObject({
    output: { dug: 3 },
    assigned: [{ agent: 'DIGGER' }],
  });
});

test('a thousand attempts that agents have hold no attempt of the engine up', async () => {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('SCOUT', { capacity: 1_000 }));
  const { workflows } = await world.join('one', { concurrencyMax: 1 });
  const items = Array.from({ length: 100 }, (_, index) => index);
  const forked = `- id: each
  type: FORK
  for_each: "\${workflow.input.items}"
  as: item
  tasks: [{ id: far, assigned_to: SCOUT, input: { item: "\${item}" } }]`;
  const runs = [];
  while (runs.length < 10) runs.push(await world.start(workflows, forked, { items }));
  const of = world.worker('w1');
  const begins = async () => {
    const taken = await of.take();
    await taken.says('start');
    return taken;
  };
  const held = await Promise.all(runs.flatMap(() => items.map(begins)));
  const near = await world.start(workflows, '- { id: near, uses: noop }');
  expect(await ended(workflows, near)).toContain('COMPLETED');

  await Promise.all(held.map(({ item, says }) => says('complete', { output: item.input })));
  for (const run of runs) expect(await ended(workflows, run)).toContain('COMPLETED');
});

test('an attempt whose circuit breaker is open is not offered until it closes', async () => {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('SCOUT'));
  const { workflows } = await world.join('one');
  const breaker = 'circuit_breaker: { failures: 2, window: 1m, open_for: 10s, half_open: 1 }';
  const tasks = `- { id: far, assigned_to: SCOUT, ${breaker} }`;
  const of = world.worker('w1');
  for (let failure = 0; failure < 2; failure += 1) {
    await world.start(workflows, tasks);
    const held = await of.take();
    await held.says('start');
    await held.says('fail', { error: { code: 'no', message: 'no', retryable: false } });
    await held.claimed.done();
  }
  const run = await world.start(workflows, tasks);
  expect(await of.look()).toBeUndefined();
  await world.pass(10_000);

  expect((await of.take()).item.run).toBe(run);
});

const named = (key: string) => `- { id: named, ${key}, input: { as: "\${workflow.id}" } }`;

test('an agent that an expression names gets the work like one that the text names', async () => {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('under-test', { skills: ['dig-under-test'] }));
  const { workflows } = await world.join('one');
  const byName = await world.start(workflows, named('assigned_to: "${workflow.id}"'));
  expect((await world.worker('w1', 'under-test').take()).item.run).toBe(byName);

  const bySkill = await world.start(workflows, named('requires: "dig-${workflow.id}"'));
  expect((await world.worker('w2', 'under-test').take()).item.run).toBe(bySkill);
});

test.each([
  ['assigned_to: "${workflow.id}s"', 'agent.unknown', 'did you mean "under-test"?'],
  ['requires: ["dig", "${workflow.id}"]', 'skill.unknown', '"under-test"'],
])('%s fails where nobody of that name is heard of within half a minute', async (key, code, told) => {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('under-test', { skills: ['dig'] }));
  const { workflows } = await world.join('one');
  const run = await world.start(workflows, named(key));
  await world.pass(29_000);
  expect(await world.stateOf(run, 'named')).toMatchObject({ state: 'scheduled' });
  await world.pass(2_000);

  expect(await world.stateOf(run, 'named')).toMatchObject({ state: 'failed', error: { code } });
  expect((await world.stateOf(run, 'named'))?.error?.message).toContain(told);
});

test('an agent that is heard of in time gets the work that an expression gave it', async () => {
  const world = createAgentsWorld();
  const { workflows } = await world.join('one');
  const run = await world.start(workflows, named('assigned_to: "${workflow.id}"'));
  await world.pass(20_000);
  world.roster.set(agentNamed('under-test'));
  await world.pass(60_000);

  expect(await world.stateOf(run, 'named')).toMatchObject({ state: 'scheduled' });
  expect((await world.worker('w1', 'under-test').take()).item.run).toBe(run);
});
