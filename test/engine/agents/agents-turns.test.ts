// Whose turn it is at an agent, and in the engine itself: priorities, tenants, what is taken back from the queue. The
// order alone is in test/machines/agents/turn-order.test.ts. Method: see agents-world.ts.
import { expect, test } from 'vitest';
import type { Handler } from '../../../src/ports/work/handler.ts';
import { agentNamed, createAgentsWorld, type Held } from '../agents-world.ts';
import { ended, settled } from '../node-world.ts';

test('an agent is offered no more at a time than it can use soon, and more when it has begun some', async () => {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('SCOUT', { capacity: 20 }));
  const { workflows } = await world.join('one');
  const tasks = Array.from({ length: 50 }, (_, index) => `- { id: t${index}, assigned_to: SCOUT }`);
  await world.start(workflows, tasks.join('\n'));
  const of = world.worker('w1');
  const first = await allFor(of);
  expect(first).toHaveLength(20);
  for (const { says } of first.slice(0, 7)) await says('start');

  expect(await allFor(of)).toHaveLength(7);
});

async function allFor(of: { readonly look: () => Promise<Held | undefined> }): Promise<readonly Held[]> {
  const all: Held[] = [];
  for (let held = await of.look(); held !== undefined; held = await of.look()) all.push(held);

  return all;
}

/** Takes the next item, begins and completes it. */
async function carryNext(of: { readonly take: () => Promise<Held> }): Promise<string> {
  const held = await of.take();
  await held.says('start');
  await held.says('complete', { output: 1 });
  await held.claimed.done();
  await settled();

  return held.item.task;
}

test('an urgent task overtakes all that wait, be it one or a thousand, those in the queue of the agent as well', async () => {
  for (const waiting of [1, 30, 1_000]) {
    const world = createAgentsWorld();
    world.roster.set(agentNamed('SCOUT'));
    const { workflows } = await world.join('one');
    const fork = `- id: each
  type: FORK
  for_each: "\${workflow.input.items}"
  as: item
  concurrency: 1000
  tasks: [{ id: low, assigned_to: SCOUT, priority: 1 }]`;
    await world.start(workflows, fork, { items: Array.from({ length: waiting }, (_, index) => index) });
    await world.start(workflows, '- { id: urgent, assigned_to: SCOUT, priority: 9 }');
    await settled();
    const of = world.worker('w1');

    expect(await carryNext(of)).toBe('urgent');
    expect(await carryNext(of)).toBe('each[0].low');
  }
});

test('what a worker has begun is not taken from it for a task that is more urgent', async () => {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('SCOUT'));
  const { workflows } = await world.join('one');
  const low = await world.start(workflows, '- { id: low, assigned_to: SCOUT, priority: 1 }');
  const of = world.worker('w1');
  const stops = of.stops();
  const held = await of.take();
  await world.start(workflows, '- { id: urgent, assigned_to: SCOUT, priority: 9 }');
  // The item is in its hands while the engine still believes it in the queue.
  expect(await held.says('start')).toMatchObject({ ok: true });
  expect(await held.says('complete', { output: 1 })).toEqual({ ok: true });

  expect(stops).toEqual([]);
  expect(await ended(workflows, low)).toContain('COMPLETED');
  expect(await carryNext(of)).toBe('urgent');
});

test('tenants take turns at an agent, whatever one of them has waiting', async () => {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('SCOUT', { capacity: 1 }));
  const { workflows } = await world.join('one');
  const start = (tenant: string) =>
    world.start(workflows, `- { id: ${tenant}, assigned_to: SCOUT }`, { tenant }, fair);
  for (let count = 0; count < 40; count += 1) await start('flood');
  const of = world.worker('w1');
  expect(await carryNext(of)).toBe('flood');
  for (let count = 0; count < 3; count += 1) await start('other');
  await settled();
  const next: string[] = [];
  while (next.length < 8) next.push(await carryNext(of));

  expect(next).toEqual(['other', 'flood', 'other', 'flood', 'other', 'flood', 'flood', 'flood']);
});

const fair = 'fairness: { key: "${workflow.input.tenant}" }';

test('of eight places one is kept for a tenant that was there within the last minute, beside the flood of another', async () => {
  const { world, of, start, carry, offered, finishOne } = await createFlooded(8);
  await start('small');
  await finishOne();
  expect(await carry()).toBe('small');
  // Seven of the flood are being carried out, and the eighth place stays free.
  expect(await of.look()).toBeUndefined();
  await finishOne();
  expect(await offered()).toEqual(['flood']);
  await start('small');
  expect(await carry()).toBe('small');
  world.clock.advance(60_000);

  // Nothing ends meanwhile: the place is given when nobody is waited for any more.
  expect((await offered())[0]).toEqual('flood');
});

test('of fewer than eight places none is kept', async () => {
  const { of, start, carry, finishOne } = await createFlooded(7);
  await start('small');
  await finishOne();
  expect(await carry()).toBe('small');

  expect((await of.look())?.item.task).toBe('flood');
});

/** An agent whose places are all taken by one tenant, who has more waiting. */
async function createFlooded(capacity: number) {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('SCOUT', { capacity }));
  const { workflows } = await world.join('one');
  const start = async (tenant: string) => {
    await world.start(workflows, `- { id: ${tenant}, assigned_to: SCOUT }`, { tenant }, fair);
    await settled();
  };
  for (let count = 0; count < 40; count += 1) await start('flood');
  const of = world.worker('w1');
  const inHand: Held[] = [];
  const begin = async (): Promise<string | undefined> => {
    const held = await of.look();
    if (held === undefined) return undefined;
    await held.says('start');
    inHand.push(held);

    return held.item.task;
  };
  while (inHand.length < capacity) await begin();
  const finishOne = async () => {
    const held = inHand.shift();
    await held?.says('complete', { output: 1 });
    await held?.claimed.done();
    await settled();
  };
  /** What a worker with places enough would begin now. */
  const offered = async (): Promise<readonly string[]> => {
    const tasks: string[] = [];
    for (let task = await begin(); task !== undefined; task = await begin()) tasks.push(task);

    return tasks;
  };

  return { world, of, start, carry: () => carryNext(of), offered, finishOne };
}

test('a paused run stands in nobody’s way at an agent', async () => {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('SCOUT', { capacity: 1 }));
  const { workflows } = await world.join('one');
  const paused = await world.start(
    workflows,
    Array.from({ length: 10 }, (_, index) => `- { id: t${index}, assigned_to: SCOUT }`).join('\n'),
  );
  await world.asking().command(paused, { kind: 'pauseRun' }, 'ana');
  const other = await world.start(workflows, '- { id: other, assigned_to: SCOUT }');
  const of = world.worker('w1');
  const items = await allFor(of);
  expect(items.map(({ item }) => item.run)).toContain(other);
  for (const { says } of items) await says('start');
  for (const { says } of items) await says('complete', { output: 1 });

  expect(await ended(workflows, other)).toContain('COMPLETED');
});

test('the engine itself carries out the urgent task first, with one task waiting as with a hundred', async () => {
  for (const waiting of [1, 100]) {
    const world = createAgentsWorld();
    const begun: string[] = [];
    const ends: (() => void)[] = [];
    const handler: Handler = ({ task }) => {
      begun.push(task);
      return new Promise((resolve) => ends.push(() => resolve({})));
    };
    const performers = { find: () => ({ worker: 'engine', handler }) };
    const { workflows } = await world.join('one', { performers, concurrencyMax: 1 });
    const low = Array.from(
      { length: waiting + 1 },
      (_, index) => `- { id: t${index}, uses: noop, priority: 1 }`,
    );
    await world.start(workflows, low.join('\n'));
    await world.start(workflows, '- { id: urgent, uses: noop, priority: 9 }');
    ends[0]?.();
    await settled();

    expect(begun).toEqual(['t0', 'urgent']);
  }
});
