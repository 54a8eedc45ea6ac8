// Several engine processes on one journal: who owns a run, who answers for it, and who goes on when an owner is gone.
// Method: real nodes on the in-memory journal, leases and command channel, with one clock that only the test moves.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { createMemoryCommandChannel } from '../../src/adapters/memory/command-channel.ts';
import { createMemoryDefinitionStore } from '../../src/adapters/memory/definition-store.ts';
import { createMemoryJournal } from '../../src/adapters/memory/journal.ts';
import { createMemoryLeases } from '../../src/adapters/memory/leases.ts';
import { createNode, type EngineNode } from '../../src/engine/node.ts';
import { createWorkflows } from '../../src/engine/workflows.ts';
import type { Workflows } from '../../src/ports/workflows.ts';
import { createManualClock } from '../support/manual-clock.ts';

const text = `workflow:
  id: asked
  version: 1
  tasks:
    - {id: ask, type: HUMAN, wait_for_approval: true}
    - {id: after, uses: noop, depends_on: ask}
`;

function createWorld() {
  const clock = createManualClock();
  const journal = createMemoryJournal();
  const shared = {
    journal,
    clock,
    leases: createMemoryLeases(clock),
    definitions: createMemoryDefinitionStore(),
    commands: createMemoryCommandChannel(clock),
  };
  const dead = new Set<string>();
  let runs = 0;

  async function join(name: string): Promise<{ readonly node: EngineNode; readonly workflows: Workflows }> {
    const node = await createNode({
      ...shared,
      performers: { find: () => ({ worker: name, handler: () => Promise.resolve({ by: name }) }) },
      outputs: { write: () => Promise.resolve() },
      projectDir: '.',
      concurrencyMax: 10,
      startNoticeMs: 25,
      holder: { node: name, host: 'here', pid: 1 },
      isDead: (holder) => dead.has(holder.node),
      onChange: () => undefined,
      onTrouble: (_run, error) => {
        throw error;
      },
    });
    const newRunId = () => {
      runs += 1;
      return `run-${runs}`;
    };

    return { node, workflows: createWorkflows({ ...shared, newRunId, node, answerTimeoutMs: 5_000 }) };
  }

  const asking = () => createWorkflows({ ...shared, newRunId: () => '', answerTimeoutMs: 5_000 });

  return { ...shared, join, dead, asking };
}

const approval = { kind: 'approve', task: 'ask', by: 'ana' } as const;

async function start(workflows: Workflows): Promise<string> {
  const definition = loadDefinition({ file: 'asked.yaml', content: text });
  if (!definition.ok) throw new Error('the definition of the test does not load');
  const answer = await workflows.start({
    definition: definition.loaded,
    file: 'asked.yaml',
    input: {},
    actor: 'test',
  });
  if (!answer.ok) throw new Error(answer.refusal.message);

  return answer.run;
}

/** Follows the run until it has ended. */
async function ended(workflows: Workflows, run: string): Promise<string> {
  const stop = new AbortController();
  for await (const entry of workflows.follow(run, stop.signal)) {
    if ('record' in entry && entry.record.data.head.status !== 'RUNNING') {
      stop.abort();
      return `${entry.record.data.head.status} by ${entry.record.actor}`;
    }
  }

  return 'nothing';
}

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
      reason: 'waiting for approval by anyone since 2026-01-01T00:00:00.000Z',
      fix: `workflow approve ${run} ask`,
    },
  ]);
});

test('a run whose journal ends in a stranger is listed as set aside, with the reason', async () => {
  const world = createWorld();
  const { workflows } = await world.join('one');
  const run = await start(workflows);
  world.journal.plant({ run, body: '{}' });

  expect(await workflows.list()).toMatchObject([{ run, sequence: 1, problem: expect.stringMatching(/./) }]);
  await expect(workflows.view(run)).rejects.toMatchObject({ code: 'journal.foreign', sequence: 2 });
  expect(await workflows.replay(run)).toMatchObject({ status: 'DAMAGED', differences: [{ sequence: 2 }] });
});
