// A task whose skills are shared: each part goes to whoever offers its skill. Method: see agents-world.ts.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { agentNamed, createAgentsWorld, type Held } from '../agents-world.ts';
import { ended } from '../node-world.ts';

const shared = '- { id: audit, requires: [dig, haul], share: true, input: { folder: a } }';
const mole = agentNamed('MOLE', { skills: ['dig'] });
const mule = agentNamed('MULE', { skills: ['haul'] });

async function does(held: Held, output: Json): Promise<Held> {
  await held.says('start');
  await held.says('complete', { output });
  await held.claimed.done();

  return held;
}

test('each member of a team gets the part for its skill, and the task ends with what they gave, by skill', async () => {
  const world = createAgentsWorld();
  world.roster.set(mole, mule);
  const { workflows } = await world.join('one');
  const run = await world.start(workflows, shared);
  const dug = await does(await world.worker('w1', 'MOLE').take(), { depth: 3 });
  const hauled = await does(await world.worker('w2', 'MULE').take(), { weight: 7 });

  expect(dug.item).toMatchObject({ task: 'audit_dig', input: { folder: 'a', skill: 'dig' } });
  expect(hauled.item).toMatchObject({ task: 'audit_haul', input: { folder: 'a', skill: 'haul' } });
  expect(await ended(workflows, run)).toContain('COMPLETED');
  expect(await world.stateOf(run, 'audit')).toMatchObject({
    output: { dig: { depth: 3 }, haul: { weight: 7 } },
  });
  expect(await world.stateOf(run, 'audit_dig')).toMatchObject({
    assigned: [{ agent: 'MOLE', skills: ['dig'] }],
    worker: 'w1',
  });
});

test('a part goes to the least loaded of those who offer its skill, also where one agent offers all of them', async () => {
  const world = createAgentsWorld();
  const ox = agentNamed('OX', { skills: ['dig', 'haul'], capacity: 2 });
  world.roster.set(ox, agentNamed('YAK', { skills: ['dig', 'haul'], capacity: 2 }));
  const { workflows } = await world.join('one');
  const run = await world.start(workflows, shared);

  expect((await world.stateOf(run, 'audit_dig'))?.assigned?.[0]?.agent).toBe('OX');
  expect((await world.stateOf(run, 'audit_haul'))?.assigned?.[0]?.agent).toBe('YAK');
});

test('the part of a member that died goes to another one, and nothing else is done again', async () => {
  const world = createAgentsWorld();
  world.roster.set(mole, mule);
  const { workflows } = await world.join('one');
  const run = await world.start(workflows, shared);
  await does(await world.worker('w1', 'MOLE').take(), 1);
  await (await world.worker('w2', 'MULE').take()).says('start');
  world.roster.set(
    mole,
    agentNamed('MULE', { skills: ['haul'], workers: [] }),
    agentNamed('YAK', { skills: ['haul'] }),
  );
  const next = world.worker('w3', 'YAK').take();
  await world.pass(12_000);
  await does(await next, 2);

  expect(await ended(workflows, run)).toContain('COMPLETED');
  expect(await world.stateOf(run, 'audit_haul')).toMatchObject({ worker: 'w3', deaths: 1, attempt: 1 });
  expect((await world.told(run)).filter((line) => line.startsWith('task.started'))).toHaveLength(3);
});

test('the part of a member that is drained before it began goes to another one', async () => {
  const world = createAgentsWorld();
  world.roster.set(mole, mule);
  const { workflows } = await world.join('one');
  const run = await world.start(workflows, shared);
  await does(await world.worker('w1', 'MOLE').take(), 1);
  const draining = { by: 'ana', at: '2026-01-01T00:00:00.000Z' };
  world.roster.set(mole, { ...mule, draining }, agentNamed('YAK', { skills: ['haul'] }));
  await world.pass(1_000);
  await does(await world.worker('w3', 'YAK').take(), 2);

  expect(await ended(workflows, run)).toContain('COMPLETED');
  expect(await world.stateOf(run, 'audit_dig')).toMatchObject({ worker: 'w1' });
});

test('a part that fails is tried again by itself, and fails the task where no attempt is left', async () => {
  const world = createAgentsWorld();
  world.roster.set(mole, mule);
  const { workflows } = await world.join('one');
  const policy = 'retry_policy: { max_attempts: 2, initial_delay: 1s, jitter: none }';
  const run = await world.start(
    workflows,
    shared.replace(' }\n', '').replace('share: true', `share: true, ${policy}`),
  );
  await does(await world.worker('w1', 'MOLE').take(), 1);
  const of = world.worker('w2', 'MULE');
  for (const attempt of [1, 2]) {
    const held = await of.take();
    expect(held.item.attempt).toBe(attempt);
    await held.says('start');
    await held.says('fail', { error: { code: 'cart.broken', message: 'no', retryable: true } });
    await held.claimed.done();
    await world.pass(2_000);
  }
  expect(await ended(workflows, run)).toContain('FAILED');
  expect(await world.stateOf(run, 'audit')).toMatchObject({ state: 'failed' });

  // Going on from there asks for the failed part alone.
  expect(await workflows.command(run, { kind: 'retryRun' }, 'ana')).toMatchObject({
    ok: true,
  });
  await world.pass(1_000);
  expect(await world.worker('w1', 'MOLE').look()).toBeUndefined();
  await does(await of.take(), 2);
  await world.pass(1_000);
  expect((await workflows.view(run)).state.status).toBe('COMPLETED');
  expect(await world.stateOf(run, 'audit')).toMatchObject({ output: { dig: 1, haul: 2 } });
});
