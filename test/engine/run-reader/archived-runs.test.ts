// A run that has left the journal is answered as it was, byte for byte, and goes on no more. Method: an engine over a
// journal in memory in which runs can be left behind; everything that can be asked of a run is asked before it is
// archived and after.
import { expect, onTestFinished, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { shardOf } from '../../../machines/shard.ts';
import { type ArchivedRun, ArchiveUnavailable } from '../../../src/ports/runs/archive.ts';
import type { CommandChannel } from '../../../src/ports/runs/command-channel.ts';
import type { RunCommand, Workflows } from '../../../src/ports/runs/workflows.ts';
import { createMemoryRunArchive } from '../../../src/stores/memory/run-archive.ts';
import {
  archivedAt,
  given,
  leavingJournal,
  memorySigning,
  policy,
  runOf,
} from '../../support/archived-runs.ts';
import { createWorld, ended } from '../node-world.ts';

const text = `workflow:
  id: paid
  version: 1
  input: { properties: { amount: { type: integer, default: 1 }, token: { type: string, secret: true, default: t } } }
  tasks:
    - { id: pay, uses: noop }
    - { id: tell, uses: noop, depends_on: pay }
`;

function definition() {
  const read = loadDefinition({ file: 'paid.yaml', content: text });
  if (!read.ok) throw new Error(read.problems[0]?.message);

  return read.loaded;
}

async function createArchivingWorld() {
  const world = createWorld();
  const { journal, leave } = leavingJournal(world.journal);
  const archive = createMemoryRunArchive(memorySigning());
  const { node } = await world.join('one', { journal, archive });
  onTestFinished(() => node.stop());
  let runs = 0;
  const newRunId = () => {
    runs += 1;
    return `run-${runs}`;
  };
  const workflows = world.asking({ journal, archive, node, newRunId });
  const start = (key?: string, amount = 1) =>
    workflows.start({
      ...{ definition: definition(), file: 'paid.yaml', input: { amount, token: 't' }, actor: 'ana' },
      ...(key === undefined ? {} : { key }),
    });

  /** A run that has ended. */
  const endedRun = async (key?: string): Promise<string> => {
    const { run } = await start(key);
    expect(await ended(workflows, run)).toMatch(/COMPLETED/);

    return run;
  };
  const archiveRun = async (run: string, kept: ArchivedRun['kept'] = 'whole') => {
    const about = { at: archivedAt, by: 'engine', generation: 1 };
    await archive.put(about, given(await runOf(world.journal, run, kept)));
    leave(run);
  };

  return { ...world, archive, workflows, start, endedRun, archiveRun };
}

async function collected<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);

  return all;
}

const askOwner = (commands: CommandChannel, run: string, request: Readonly<Record<string, Json>>) =>
  commands.request(shardOf(run), request, { as: 'ana', timeoutMs: 5_000 });

/** All that can be told of a run. */
async function answersOf(workflows: Workflows, run: string) {
  return {
    resolved: await workflows.resolve(run),
    view: await workflows.view(run),
    inspection: await workflows.inspect(run),
    third: await workflows.viewAt(run, 3),
    history: await collected(workflows.history(run)),
    replay: await workflows.replay(run),
    replayTo: await workflows.replay(run, 2),
    source: await workflows.auditSource(run),
    followed: await ended(workflows, run),
  };
}

test('a run that left the journal is answered byte for byte as before', async () => {
  const { workflows, journal, endedRun, archiveRun } = await createArchivingWorld();
  const run = await endedRun();
  const before = JSON.stringify(await answersOf(workflows, run));
  await archiveRun(run);

  expect(JSON.stringify(await answersOf(workflows, run))).toBe(before);
  expect(await journal.last(run)).toBeDefined();
});

test('what would change a run that left the journal is refused, and its secrets stay as they are', async () => {
  const { workflows, runSecrets, endedRun, archiveRun } = await createArchivingWorld();
  const run = await endedRun();
  const secrets = await runSecrets.of(run);
  await archiveRun(run);
  const commands: readonly RunCommand[] = [
    { kind: 'retryRun' },
    { kind: 'cancelRun' },
    { kind: 'pauseRun' },
    { kind: 'rerun', from: 'pay', input: { amount: 2, token: 'another' } },
    { kind: 'skipTask', task: 'pay' },
    { kind: 'signal', name: 'go', data: null },
  ];

  for (const command of commands) {
    const answer = await workflows.command(run, command, 'ana');
    expect(answer).toMatchObject({ ok: false, run, refusal: { code: 'run.archived' } });
    expect(answer.ok ? '' : answer.refusal.message).toContain(policy);
  }
  expect(await runSecrets.of(run)).toEqual(secrets);
});

test('an engine refuses by itself what is asked of a run that left the journal', async () => {
  const { commands, definitions, endedRun, archiveRun } = await createArchivingWorld();
  const run = await endedRun();
  await archiveRun(run);
  const ask = (request: Readonly<Record<string, Json>>) => askOwner(commands, run, request);

  const command = { kind: 'command', run, command: { kind: 'retryRun' }, actor: 'ana' };
  expect(await ask({ id: 'a', ...command })).toMatchObject({ refusal: { code: 'run.archived' } });
  const [{ ref } = { ref: { hash: '' } }] = await definitions.list();
  // As of any run that has ended: a command that follows it asks so.
  expect(await ask({ id: 'c', kind: 'adopt', run })).toMatchObject({ ok: true });
  const migrate = { kind: 'migrate', run, hash: ref.hash, actor: 'ana' };
  expect(await ask({ id: 'b', ...migrate })).toMatchObject({ ok: false });
});

test('a start under the id of a run that left the journal is answered as one of a run that is there', async () => {
  const { workflows, start, endedRun, archiveRun } = await createArchivingWorld();
  const run = await endedRun('invoice 7');
  const answer = { ok: true, run, sequence: 1 };
  await archiveRun(run);

  expect(await start('invoice 7')).toEqual(answer);
  expect(await start('invoice 7', 2)).toMatchObject({ ok: false, refusal: { code: 'run.key-taken' } });
  expect((await workflows.view(run)).sequence).toBeGreaterThan(1);
});

test('a start that an engine is asked for begins no second run of an id that left the journal', async () => {
  const { commands, definitions, workflows, endedRun, archiveRun } = await createArchivingWorld();
  const run = await endedRun();
  const view = await workflows.view(run);
  await archiveRun(run);
  const [{ ref } = { ref: { hash: '' } }] = await definitions.list();
  const request = { id: 'a', kind: 'start', run, hash: ref.hash, input: {}, actor: 'ana' };

  expect(await askOwner(commands, run, request)).toEqual({ ok: true, run, sequence: 1 });
  expect(await workflows.view(run)).toEqual(view);
});

test('a run can be forked from one that left the journal', async () => {
  const { workflows, endedRun, archiveRun } = await createArchivingWorld();
  const run = await endedRun();
  await archiveRun(run);

  const answer = await workflows.fork({ run, at: 2, actor: 'ana' });
  expect(answer).toMatchObject({ ok: true });
  expect(await ended(workflows, answer.run)).toMatch(/COMPLETED/);
});

test.each(['head', 'nothing'] as const)(
  'of a run of which %s is kept, whoever reads it is told so',
  async (kept) => {
    const { workflows, start, endedRun, archiveRun } = await createArchivingWorld();
    const run = await endedRun('invoice 7');
    await archiveRun(run, kept);
    const refused = { code: 'run.archived', message: expect.stringContaining('its events are gone') };

    await expect(workflows.view(run)).rejects.toMatchObject(refused);
    await expect(collected(workflows.history(run))).rejects.toMatchObject(refused);
    await expect(workflows.replay(run)).rejects.toMatchObject(refused);
    await expect(workflows.auditSource(run)).rejects.toMatchObject(refused);
    expect(await workflows.resolve(run)).toBe(run);
    const command = await workflows.command(run, { kind: 'retryRun' }, 'ana');
    expect(command).toMatchObject({ ok: false, refusal: { code: 'run.archived' } });
    expect(await start('invoice 7')).toEqual({ ok: true, run, sequence: 1 });
  },
);

test('a run that is archived and still in the journal goes on: it was not left behind yet', async () => {
  const { workflows, archive, journal, endedRun } = await createArchivingWorld();
  const run = await endedRun();
  await archive.put(
    { at: archivedAt, by: 'engine', generation: 1 },
    given(await runOf(journal, run, 'nothing')),
  );

  expect(await workflows.view(run)).toMatchObject({ state: { status: 'COMPLETED' } });
  const answer = await workflows.command(run, { kind: 'rerun', from: 'tell' }, 'ana');
  expect(answer).toMatchObject({ ok: true });
});

test('a run of the journal goes on, also where the archive is away', async () => {
  const { workflows, archive, endedRun } = await createArchivingWorld();
  const run = await endedRun('invoice 7');
  archive.find = () => Promise.reject(new ArchiveUnavailable('the folder is not mounted'));

  expect(await workflows.view(run)).toMatchObject({ state: { status: 'COMPLETED' } });
  expect(await workflows.command(run, { kind: 'rerun', from: 'tell' }, 'ana')).toMatchObject({ ok: true });
  expect(await ended(workflows, run)).toMatch(/COMPLETED/);
  expect(await workflows.command('run-99', { kind: 'retryRun' }, 'ana').catch(({ code }) => code)).toBe(
    'archive.unavailable',
  );
});

test('a run that was never there is not found', async () => {
  const { workflows } = await createArchivingWorld();

  await expect(workflows.view('run-99')).rejects.toMatchObject({ code: 'run.not-found' });
  await expect(workflows.command('run-99', { kind: 'retryRun' }, 'ana')).rejects.toMatchObject({
    code: 'run.not-found',
  });
});
