// Answers to approvals that are refused stand in the journal, once, whoever is asked again. Method: nodes on one
// journal in memory, and requests through the channel itself, whose ids tell a repeat.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { shardOf } from '../../../machines/shard.ts';
import { JournalUnavailable } from '../../../src/ports/runs/journal.ts';
import { approval, createWorld, settled, start } from '../node-world.ts';

type World = ReturnType<typeof createWorld>;

async function recordsOf({ journal }: World, run: string): Promise<readonly string[]> {
  const types: string[] = [];
  for await (const stored of journal.read(run)) {
    if (stored.kind === 'record') types.push(`${stored.record.type} by ${stored.record.actor}`);
  }

  return types;
}

function asking({ commands }: World, run: string) {
  return (command: Json, { as, id }: { readonly as: string; readonly id: string }) =>
    commands.request(
      shardOf(run),
      { kind: 'command', run, command, actor: as, id },
      { as, timeoutMs: 5_000 },
    );
}

test('a refused answer that is asked for again is answered the same and noted once, by another engine as well', async () => {
  const world = createWorld();
  const one = await world.join('one');
  const run = await start(one.workflows);
  const ask = asking(world, run);
  await ask(approval, { as: 'ana', id: 'first' });
  await settled();
  const refused = await ask({ ...approval, by: 'bob' }, { as: 'bob', id: 'second' });
  expect(refused).toMatchObject({ ok: false, refusal: { code: 'run.closed' } });

  const two = await world.join('two');
  await one.node.stop();
  await two.node.workOn(run);

  expect(await ask({ ...approval, by: 'bob' }, { as: 'bob', id: 'second' })).toEqual(refused);
  expect(await ask(approval, { as: 'ana', id: 'first' })).toMatchObject({ ok: true });
  const records = await recordsOf(world, run);
  expect(records.filter((record) => record.startsWith('approval'))).toEqual([
    'approval.granted by ana',
    'approval.refused by bob',
  ]);
  expect((await two.workflows.replay(run)).differences).toEqual([]);
});

test('nobody is told of a refusal that could not be written down', async () => {
  const world = createWorld();
  const { append } = world.journal;
  let isDown = false;
  world.journal.append = (asked) => (isDown ? Promise.reject(new JournalUnavailable('down')) : append(asked));
  const { workflows } = await world.join('one');
  const run = await start(workflows);
  await workflows.command(run, approval, 'ana');
  await settled();
  const late = { ...approval, by: 'bob' };

  isDown = true;
  expect(await workflows.command(run, late, 'bob')).toMatchObject({
    refusal: { code: 'journal.unavailable' },
  });
  isDown = false;
  expect(await workflows.command(run, late, 'bob')).toMatchObject({ refusal: { code: 'run.closed' } });
  expect((await recordsOf(world, run)).at(-1)).toBe('approval.refused by bob');
});

test('refusals take no place of requests that were followed: these are answered the same as long as before', async () => {
  const world = createWorld();
  const one = await world.join('one');
  const run = await start(one.workflows);
  const ask = asking(world, run);
  const late = (by: string) => ask({ ...approval, by }, { as: by, id: `late ${by}` });
  const first = await ask(approval, { as: 'ana', id: 'first' });
  await settled();
  for (let person = 0; person < 40; person += 1) await late(`eve${person}`);
  const before = (await recordsOf(world, run)).length;
  const two = await world.join('two');
  await one.node.stop();
  await two.node.workOn(run);

  expect(await ask(approval, { as: 'ana', id: 'first' })).toEqual(first);
  expect(await late('eve39')).toMatchObject({ ok: false, refusal: { code: 'run.closed' } });
  expect(await recordsOf(world, run)).toHaveLength(before);
});

test('what somebody was answered is not the answer of somebody else who uses the same id, here and at another engine', async () => {
  const world = createWorld();
  const one = await world.join('one');
  const run = await start(one.workflows);
  const ask = asking(world, run);
  const other = { ...approval, by: 'bob' };
  await ask(approval, { as: 'ana', id: 'same' });
  await settled();

  expect(await ask(other, { as: 'bob', id: 'same' })).toMatchObject({ refusal: { code: 'run.closed' } });
  const two = await world.join('two');
  await one.node.stop();
  await two.node.workOn(run);
  expect(await ask({ ...approval, by: 'eve' }, { as: 'eve', id: 'same' })).toMatchObject({
    refusal: { code: 'run.closed' },
  });
  expect(await ask(approval, { as: 'ana', id: 'same' })).toMatchObject({ ok: true });
});
