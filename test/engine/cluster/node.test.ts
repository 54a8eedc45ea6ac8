// Several engine processes on one journal: who owns a run, who answers for it, and who goes on when an owner is gone.
// Method: real nodes on the in-memory journal, leases and command channel, with one clock that only the test moves.
import { expect, test } from 'vitest';
import { chartOfText } from '../../support/chart-of.ts';
import { createStage, register } from '../../support/engine-bench.ts';
import { approval, createWorld, ended, settled, start } from '../node-world.ts';

const quick = `workflow:
  id: quick
  version: 1
  tasks: [{id: only, uses: noop}]
`;

test('a command reaches the owner of the run from a process that has no engine', async () => {
  const world = createWorld();
  const { workflows } = await world.join('one');
  const run = await start(workflows);

  expect(await world.asking().command(run, approval, 'ana')).toMatchObject({ ok: true });
  expect(await ended(workflows, run)).toBe('COMPLETED by worker:one');
});

test('a command for a run that does not exist is refused before anybody is asked', async () => {
  await expect(createWorld().asking().command('run-9', approval, 'ana')).rejects.toThrow(
    'there is no run "run-9"',
  );
});

test('an engine that leaves gives its runs to one that stays, at once', async () => {
  const world = createWorld();
  const one = await world.join('one');
  const run = await start(one.workflows);
  const two = await world.join('two');
  await two.node.workOnAll();
  await one.node.stop();

  expect(await world.asking().command(run, approval, 'ana')).toMatchObject({ ok: true });
  expect(await ended(two.workflows, run)).toBe('COMPLETED by worker:two');
});

test('an engine that died without a word is followed when its lease has run out', async () => {
  const world = createWorld();
  const one = await world.join('one');
  const run = await start(one.workflows);
  world.leases.renew = () => new Promise(() => undefined);
  const two = await world.join('two');
  expect(await two.node.workOn(run)).toBe(false);
  world.clock.advance(world.leases.ttlMs + 1);
  await expect.poll(async () => (await world.leases.holders()).size).toBe(1);
  await expect.poll(async () => [...(await world.leases.holders()).values()][0]?.node).toBe('two');
});

test('a neighbour that is known to be dead is followed at once', async () => {
  const world = createWorld();
  const run = await start((await world.join('one')).workflows);
  world.dead.add('one');
  const two = await world.join('two');

  expect(await two.node.workOn(run)).toBe(true);
  expect([...(await world.leases.holders()).values()].map(({ node }) => node)).toEqual(['two']);
});

test('an engine for everything takes up the runs it finds', async () => {
  const world = createWorld();
  const one = await world.join('one');
  const run = await start(one.workflows);
  await one.node.stop();
  const two = await world.join('two');
  await two.node.workOnAll();

  expect(await two.workflows.command(run, approval, 'ana')).toMatchObject({ ok: true });
});

test('a prefix names a run, and @last the latest', async () => {
  const world = createWorld();
  const { workflows } = await world.join('one');
  const first = await start(workflows);
  world.clock.advance(1_000);
  const second = await start(workflows);

  expect(await workflows.resolve('@last')).toBe(second);
  expect(await workflows.resolve(first)).toBe(first);
  await expect(workflows.resolve('run')).rejects.toThrow('is the beginning of 2 run ids');
  await expect(workflows.resolve('@failed')).rejects.toThrow('there is no run');
});

test('a run that waits says for whom, since when, and what would help', async () => {
  const world = createWorld();
  const { workflows } = await world.join('one');
  const run = await start(workflows);

  expect((await workflows.view(run)).waitsFor).toEqual([
    {
      task: 'ask',
      reason:
        'waiting for approval by anyone (L0 where principals are declared) since 2026-01-01T00:00:00.000Z',
      fix: `workflow approve ${run} ask`,
    },
  ]);
});

test('a run whose journal ends in a stranger is listed as quarantined, with the reason', async () => {
  const world = createWorld();
  const { workflows } = await world.join('one');
  const run = await start(workflows);
  world.journal.plant({ run, body: '{}' });

  expect(await workflows.list()).toMatchObject([{ run, sequence: 1, damage: { sequence: 2 } }]);
  await expect(workflows.view(run)).rejects.toMatchObject({
    code: 'run.quarantined',
    damage: { code: 'journal.foreign', sequence: 2 },
  });
  expect(await workflows.replay(run)).toMatchObject({ status: 'DAMAGED', differences: [{ sequence: 2 }] });
});

test('a run that was begun by an engine that had lost its shard is found by whoever has it now', async () => {
  const world = createWorld();
  const { node } = await world.join('two');
  await node.workOnAll();
  // Neither has a lease, nor tells anybody that it has begun a run.
  const stranger = createStage({
    journal: world.journal,
    definitions: world.definitions,
    clock: world.clock,
  });
  await register(world.definitions, chartOfText(quick), quick);
  await stranger.engine.startRun({ run: 'run-1', chart: chartOfText(quick), input: {}, actor: 'ana' });
  await stranger.engine.stop();

  const status = async (): Promise<string | undefined> => {
    world.clock.advance(world.leases.ttlMs / 3);
    await settled();
    const last = await world.journal.last('run-1');
    return last?.kind === 'record' ? last.record.data.head.status : undefined;
  };
  await expect.poll(status, { interval: 0, timeout: 10_000 }).toBe('COMPLETED');
});
