// What a node makes of answers that are lost, reads that fail and neighbours that go, and what those who ask are told.
// Method: nodes as in node.test.ts; what goes wrong is planted in one port of one node.
import { expect, test } from 'vitest';
import type { CommandChannel } from '../../../src/ports/runs/command-channel.ts';
import { type Journal, JournalUnavailable } from '../../../src/ports/runs/journal.ts';
import { approval, busy, createWorld, ended, neverDone, settled, start } from '../node-world.ts';

test('a request that is repeated is answered as it was the first time', async () => {
  const world = createWorld();
  const serve = world.commands.serve;
  // The first answer to every request is lost, and so whoever asks asks again.
  const commands: CommandChannel = {
    ...world.commands,
    serve: (shard, handler) => {
      const seen = new Set<string>();
      return serve(shard, async (request, asker) => {
        const answer = await handler(request, asker);
        const body = JSON.stringify(request);
        if (seen.has(body)) return answer;
        seen.add(body);
        setImmediate(() => world.clock.advance(50));
        throw new Error('the answer is lost');
      });
    },
  };
  const { workflows } = await world.join('one', { commands });
  const run = await start(workflows);

  expect(await world.asking().command(run, approval, 'ana')).toMatchObject({ ok: true });
  expect(await world.asking().command(run, approval, 'ana')).toMatchObject({ ok: false });
});

test('a run that could not be read is taken up in a later round', async () => {
  const world = createWorld();
  const one = await world.join('one', { performers: neverDone });
  const run = await start(one.workflows, busy);
  await one.node.stop();
  const troubles: unknown[] = [];
  const seen = new Set<string>();
  let down = true;
  const read: Journal['read'] = async function* (...asked) {
    if (down) throw new JournalUnavailable('down');
    yield* world.journal.read(...asked);
  };
  const two = await world.join('two', {
    journal: { ...world.journal, read },
    onChange: (changed) => void seen.add(changed.state.run),
    onTrouble: (_run, error) => troubles.push(error),
  });
  await two.node.workOnAll();
  expect([...seen]).toEqual([]);

  down = false;
  world.clock.advance(world.leases.ttlMs / 3);
  await expect.poll(() => [...seen]).toEqual([run]);
  expect(troubles).toHaveLength(1);
});

test('an index that could not be read is read again in a later round', async () => {
  const world = createWorld();
  const one = await world.join('one', { performers: neverDone });
  const run = await start(one.workflows, busy);
  await one.node.stop();
  const seen = new Set<string>();
  let down = true;
  const lastOfEach: Journal['lastOfEach'] = async function* () {
    if (down) throw new JournalUnavailable('down');
    yield* world.journal.lastOfEach();
  };
  const two = await world.join('two', {
    journal: { ...world.journal, lastOfEach },
    onChange: (changed) => void seen.add(changed.state.run),
    onTrouble: () => undefined,
  });
  await two.node.workOnAll();

  down = false;
  world.clock.advance(world.leases.ttlMs / 3);
  await expect.poll(() => [...seen]).toEqual([run]);
});

test('an engine that leaves gives its leases back, even when its subscriptions cannot be ended', async () => {
  const world = createWorld();
  const end = {
    failing: () => Promise.reject(new Error('down')),
    hanging: () => new Promise<void>(() => {}),
  };
  for (const ending of [end.failing, end.hanging]) {
    const commands: CommandChannel = { ...world.commands, serve: async () => ending };
    const { node } = await world.join('one', { commands });
    await node.workOn('run-1');
    expect((await world.leases.holders()).size).toBe(1);
    const stopped = node.stop();
    await settled();
    world.clock.advance(2_000);
    await stopped;

    expect((await world.leases.holders()).size).toBe(0);
  }
});

test('the refusal of the owner to take a run up comes back', async () => {
  const world = createWorld();
  const run = await start((await world.join('one')).workflows);
  await (await world.join('two')).node.workOn(run);
  expect(await world.asking().adopt(run)).toBe('owned elsewhere');

  const stranger = 'run-set-aside';
  world.journal.plant({ run: stranger, body: '{}' });
  await (await world.join('three', { onTrouble: () => undefined })).node.workOn(stranger);
  await expect(world.asking().adopt(stranger)).rejects.toMatchObject({
    name: 'RunRefused',
    code: 'run.quarantined',
  });
});

test('a run that has ended is not read again when its shard is claimed again', async () => {
  const world = createWorld();
  const reads: string[] = [];
  const read: Journal['read'] = (run, ...more) => {
    reads.push(run);
    return world.journal.read(run, ...more);
  };
  const { node, workflows } = await world.join('one', { journal: { ...world.journal, read } });
  const [over, live] = [await start(workflows), 'run-never-started'];
  await node.workOn(live);
  await workflows.command(over, approval, 'ana');
  await ended(workflows, over);
  reads.length = 0;
  const rival = { node: 'two', host: 'there', pid: 2 };
  for (const [key, holder] of await world.leases.holders()) {
    await world.leases.evict(key, holder);
    const token = (await world.leases.claim(key, rival)) ?? 0;
    world.clock.advance(world.leases.ttlMs / 3);
    await settled();
    await world.leases.release(key, token);
  }

  await expect.poll(() => reads).toContain(live);
  expect(reads).not.toContain(over);
});

test('a run that no engine works on says so first, unless it waits for people alone', async () => {
  const world = createWorld();
  const performers = { find: () => ({ worker: 'one', handler: () => new Promise<never>(() => undefined) }) };
  const { workflows } = await world.join('one', { performers });
  const run = await start(workflows);
  const abandoned = world.asking({ owned: async () => () => false });
  expect((await abandoned.view(run)).waitsFor).toMatchObject([{ task: 'ask' }]);

  await workflows.command(run, approval, 'ana');
  const [first, ...others] = (await abandoned.view(run)).waitsFor;
  expect(first).toEqual({ reason: 'no engine works on it', fix: `workflow resume ${run}` });
  expect(others).toMatchObject([{ task: 'after' }]);
  expect((await world.asking({ owned: async () => () => true }).view(run)).waitsFor).toHaveLength(1);
});

test('an engine that works on everything does not read again what others have ended', async () => {
  const world = createWorld();
  const reads: string[] = [];
  const read: Journal['read'] = (run, ...more) => {
    reads.push(run);
    return world.journal.read(run, ...more);
  };
  const one = await world.join('one', { performers: neverDone });
  await one.node.workOnAll();
  const two = await world.join('two', { journal: { ...world.journal, read }, performers: neverDone });
  await two.node.workOnAll();
  const over = await Promise.all(Array.from({ length: 8 }, () => start(one.workflows)));
  const live = await Promise.all(Array.from({ length: 8 }, () => start(one.workflows, busy)));
  for (const run of over) {
    await two.workflows.command(run, { kind: 'terminateRun' }, 'ana');
    await ended(two.workflows, run);
  }
  // One more change of hands: what was another's is taken over.
  reads.length = 0;
  await one.node.stop();
  await expect.poll(() => live.some((run) => reads.includes(run))).toBe(true);

  expect(over.filter((run) => reads.includes(run))).toEqual([]);
});
