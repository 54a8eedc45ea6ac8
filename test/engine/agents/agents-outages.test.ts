// Outages of what lies between workers and the engine, and engines that lose a run: whoever lives keeps what it has.
// Method: see agents-world.ts.
import { expect, test } from 'vitest';
import { shardOf } from '../../../machines/shard.ts';
import type { NodeDeps } from '../../../src/engine/cluster/node.ts';
import { createEngine } from '../../../src/engine/run/engine.ts';
import type { EngineDeps } from '../../../src/engine/run/engine-deps.ts';
import { JournalUnavailable } from '../../../src/ports/runs/journal.ts';
import type { LeaseToken } from '../../../src/ports/runs/leases.ts';
import { agentNamed, createAgentsWorld, denied, secret } from '../agents-world.ts';
import { settled } from '../node-world.ts';

const far = '- { id: far, assigned_to: SCOUT }';

type World = ReturnType<typeof createAgentsWorld>;

async function offered(world: World, planted: Partial<NodeDeps> = {}, tasks = far) {
  world.roster.set(agentNamed('SCOUT'));
  const one = await world.join('one', planted);
  const run = await world.start(one.workflows, tasks);

  return { one, run, held: await world.worker('w1').take() };
}

/** A journal that takes nothing while it is down, or only later while it is slow. */
function shakyJournal({ journal }: World) {
  const state = { down: false, slow: Promise.resolve() };
  const append: typeof journal.append = async (asked) => {
    if (state.down) throw new JournalUnavailable('down');
    const position = await journal.append(asked);
    await state.slow;

    return position;
  };

  return { state, journal: { ...journal, append } };
}

function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });

  return { opened, open };
}

test('a worker that nobody could hear, because the server was away, keeps its attempt', async () => {
  const world = createAgentsWorld();
  const { held, run } = await offered(world);
  await held.says('start');
  const { renew } = world.leases;
  world.leases.renew = () => Promise.reject(new Error('away'));
  await world.pass(12_000);
  world.leases.renew = renew;
  await world.pass(4_000);

  expect(await held.says('start', { worker: 'w2' })).toMatchObject(denied('task.other-worker', 'wait'));
  expect(await held.says('complete', { output: 1 })).toEqual({ ok: true });
  expect(await world.stateOf(run, 'far')).toMatchObject({ state: 'completed', worker: 'w1' });
});

test('a worker that died in an outage loses its attempt in the usual time after it', async () => {
  const world = createAgentsWorld();
  const { held, run } = await offered(world);
  await held.says('start');
  const { renew } = world.leases;
  world.leases.renew = () => Promise.reject(new Error('away'));
  await world.pass(12_000);
  world.leases.renew = renew;
  await world.pass(14_000);

  expect(await held.says('start', { worker: 'w2' })).toMatchObject({ ok: true });
  expect(await world.stateOf(run, 'far')).toMatchObject({ deaths: 1 });
});

test('an engine that lost a run while a start was recorded thinks nobody dead when it has it back', async () => {
  const world = createAgentsWorld();
  const { leases } = world;
  const { state, journal } = shakyJournal(world);
  const { held, run, one } = await offered(world, { journal });
  const slow = gate();
  state.slow = slow.opened;
  const started = held.says('start');
  await settled();
  const other = { node: 'other', host: 'elsewhere', pid: 2 };
  const key = [...(await leases.holders()).keys()].find((each) => each.endsWith(`.${shardOf(run)}`)) ?? '';
  const holder = (await leases.holders()).get(key);
  if (holder === undefined) throw new Error('nobody holds the shard of the run');
  await leases.evict(key, holder);
  let token: LeaseToken | undefined = await leases.claim(key, other);
  await world.pass(1_000);
  slow.open();
  await settled();
  for (let second = 0; second < 15; second += 1) {
    await world.pass(1_000);
    if (token !== undefined) token = (await leases.renew(key, other, token)) ?? token;
  }
  if (token === undefined) throw new Error('the other engine did not get the shard');
  await leases.release(key, token);
  const asked = held.says('start', { worker: 'w2' });
  await one.node.workOn(run);
  await world.pass(4_000, 100);

  expect(await asked).toMatchObject(denied('task.other-worker', 'wait'));
  void started.catch(() => undefined);
});

test('heartbeats that the journal cannot take are signs of life', async () => {
  const world = createAgentsWorld();
  const { state, journal } = shakyJournal(world);
  const { held, run } = await offered(world, { journal });
  await held.says('start');
  await world.pass(6_000);
  state.down = true;
  const beats = [];
  for (let percent = 0; percent < 4; percent += 1) {
    beats.push(held.says('heartbeat', { progress: { percent } }));
    await world.pass(3_000);
  }
  const second = held.says('start', { worker: 'w2' });
  await settled();
  state.down = false;
  await world.pass(2_000);

  expect(await second).toMatchObject(denied('task.other-worker', 'wait'));
  expect(await world.stateOf(run, 'far')).toMatchObject({ worker: 'w1' });
  await Promise.all(beats);
});

test('a worker that is heard of while another one is about to take over keeps its attempt', async () => {
  const world = createAgentsWorld();
  const { state, journal } = shakyJournal(world);
  const { held, run } = await offered(world, { journal });
  await held.says('start');
  await world.pass(10_000);
  state.down = true;
  const second = held.says('start', { worker: 'w2' });
  await world.pass(500, 500);
  expect(await held.says('heartbeat')).toEqual({ ok: true });
  state.down = false;
  await world.pass(2_000);

  expect(await second).toMatchObject(denied('task.other-worker', 'wait'));
  expect(await world.stateOf(run, 'far')).toMatchObject({ worker: 'w1' });
});

test('a worker whose result is being written does not lose its attempt meanwhile', async () => {
  const world = createAgentsWorld();
  const slow = gate();
  const written: unknown[] = [];
  const outputs = {
    write: async (_path: string, value: unknown) => {
      written.push(value);
      await slow.opened;
    },
  };
  const { held, run } = await offered(
    world,
    { outputs },
    '- { id: far, assigned_to: SCOUT, output_to: out.json }',
  );
  await held.says('start');
  await world.pass(9_000);
  const done = held.says('complete', { output: 'first' });
  await settled();
  await world.pass(1_500, 500);
  expect(await held.says('start', { worker: 'w2' })).toMatchObject(denied('task.other-worker', 'wait'));
  slow.open();

  expect(await done).toEqual({ ok: true });
  expect(written).toEqual(['first']);
  expect(await world.stateOf(run, 'far')).toMatchObject({ output: 'first', worker: 'w1' });
});

test('a run that is read again has no holders from before, not even one that began as it was let go of', async () => {
  const world = createAgentsWorld();
  const { state, journal } = shakyJournal(world);
  const { held, run, one } = await offered(world);
  await one.node.stop();
  const engine = engineOn(world, { journal, work: { queue: world.queue, roster: world.roster, secret } });
  await engine.adopt(run);
  const slow = gate();
  state.slow = slow.opened;
  const { token } = held.item;
  const start = { kind: 'start', protocol: 1, run, task: 'far', attempt: 1, token };
  const started = engine.report('SCOUT', { ...start, worker: 'w1' }).catch(() => undefined);
  await settled();
  const released = engine.release(() => true);
  slow.open();
  await Promise.all([released, started]);
  world.clock.advance(15_000);

  expect(await engine.report('SCOUT', { ...start, worker: 'w2' })).toMatchObject(
    denied('task.other-worker', 'wait'),
  );
  await engine.stop();
});

/** An engine without leases: what one that lost its own without noticing would do. */
function engineOn(world: World, more: Partial<EngineDeps> = {}) {
  return createEngine({
    ...world,
    performers: { find: () => undefined },
    outputs: { write: async () => undefined },
    projectDir: '.',
    concurrencyMax: 1,
    startNoticeMs: 25,
    otherRuns: { start: () => Promise.reject(new Error('no other runs')) } as never,
    onChange: () => undefined,
    onTrouble: () => undefined,
    ...more,
  });
}

test('nothing is dropped by what an engine knows that does not know the newest', async () => {
  const world = createAgentsWorld();
  const { held, run } = await offered(world);
  const stale = engineOn(world);
  const start = { kind: 'startTask', task: 'far', attempt: 1, worker: 'w1' } as const;
  expect(await stale.submit(run, start, { actor: 'worker:w1' })).toMatchObject({ ok: true });
  await stale.stop();

  expect(await held.says('complete', { output: 1 })).toEqual({ ok: true });
  expect(await world.stateOf(run, 'far')).toMatchObject({ state: 'completed', worker: 'w1' });
});

test('a large input that is brought while the run is read again is found, and brought no third time', async () => {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('SCOUT'));
  const find = () => ({ worker: 'x', handler: async () => ({ text: 'p'.repeat(400_000) }) });
  const down = { ...world.queue, offer: () => Promise.reject(new Error('down')) };
  const work = { roster: world.roster, secret: 's' };
  const one = await world.join('one', { performers: { find }, work: { ...work, queue: down } });
  const run = await world.start(
    one.workflows,
    `- { id: big, uses: noop }
- { id: far, assigned_to: SCOUT, depends_on: big, input: { text: "\${big.output.text}" } }
- { id: ask, type: HUMAN, wait_for_approval: true }`,
  );
  await world.pass(1_000);
  await one.node.stop();
  const slow = gate();
  let brought = 0;
  const get: typeof world.blobs.get = async (digest) => {
    brought += 1;
    await slow.opened;
    if (brought > 10) throw new Error('it is brought for ever');

    return world.blobs.get(digest);
  };
  const two = await world.join('two', {
    performers: { find },
    blobs: { ...world.blobs, get },
    work: { ...work, queue: world.queue },
  });
  await world.pass(1_000);
  const stale = engineOn(world);
  await stale.submit(run, { kind: 'approve', task: 'ask', by: 'ana' }, { actor: 'ana' });
  await stale.stop();
  void two.node.workOn(run);
  await settled();
  await settled();
  slow.open();
  await world.pass(1_000);

  expect((await world.worker('w1').take()).item.task).toBe('far');
  expect(brought).toBeLessThanOrEqual(2);
});
