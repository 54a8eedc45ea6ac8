// Whoever starts a run in the process of an engine asks that engine, and no other, where the run is to be its own.
// Method: two engines in memory that share the runs, and a channel that notes what is sent.
import { expect, test } from 'vitest';
import type { RunArchive } from '../../../src/ports/runs/archive.ts';
import type { CommandChannel } from '../../../src/ports/runs/command-channel.ts';
import type { Journal } from '../../../src/ports/runs/journal.ts';
import { approval, createWorld, ended, settled, start } from '../node-world.ts';

test('a start and a command are answered in the process, and the journal of a new run is not read', async () => {
  const { workflows, sent, read, node } = await openNoted();
  await node.workOnAll();
  const run = await start(workflows);
  expect(sent).toEqual([]);
  expect(read).toEqual([]);
  await workflows.command(run, approval, 'ana');

  expect(await ended(workflows, run)).toBe('COMPLETED by worker:one');
  expect(sent).toEqual([]);
});

test('a new run is one of this engine, while another one works on the other shards', async () => {
  const { workflows, sent, node, world } = await openNoted();
  const other = await world.join('other');
  await Promise.all([node.workOnAll(), other.node.workOnAll()]);
  const runs = await Promise.all(Array.from({ length: 20 }, () => start(workflows)));

  expect(runs.filter((run) => !node.mayBegin(run))).toEqual([]);
  expect(sent).toEqual([]);
  const foreign = await start(other.workflows);
  await workflows.command(foreign, approval, 'ana');
  expect(sent).toEqual([foreign]);
});

test('an engine that takes all the time there is says that what was asked may still happen', async () => {
  const { node, world } = await openNoted();
  const slow = { ...node, ask: () => new Promise<never>(() => undefined) };
  const asked = start(world.asking({ node: slow, newRunId: () => 'slow' })).catch((error: unknown) => error);
  await settled();
  world.clock.advance(5_000);

  expect(await asked).toMatchObject({
    code: 'engine.none',
    message: expect.stringMatching(/run slow within 5000 ms; what was asked may still happen/),
  });
});

/** An engine, and what is asked through it of the channel and the journal. */
async function openNoted() {
  const world = createWorld();
  const sent: string[] = [];
  const read: string[] = [];
  const commands: CommandChannel = {
    ...world.commands,
    request: (shard, request, options) => {
      sent.push((request as { readonly run: string }).run);
      return world.commands.request(shard, request, options);
    },
  };
  const journal: Journal = {
    ...world.journal,
    read: (run, ...more) => {
      read.push(run);
      return world.journal.read(run, ...more);
    },
    last: (run) => {
      read.push(run);
      return world.journal.last(run);
    },
  };
  const archive = {
    find: async (run: string) => void read.push(run),
  } as Partial<RunArchive> as RunArchive;
  const { node } = await world.join('one', { journal });
  let runs = 0;
  const newRunId = () => {
    runs += 1;
    return `new-${runs}`;
  };

  return { world, node, sent, read, workflows: world.asking({ journal, archive, commands, node, newRunId }) };
}
