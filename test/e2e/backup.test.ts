// A backup that is taken while runs begin brings each of them to another server. Method: two real servers, the built
// command line, and an engine as a process that is killed with the first server.
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { newRunId } from '../../src/compose/session/open-session.ts';
import { createWorkflows } from '../../src/engine/workflows.ts';
import { connectJetStream } from '../../src/stores/jetstream/connect.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { partsOf } from '../support/stream-parts.ts';
import { builtCli, runProgram } from './station.ts';
import { engineProcess } from './worker-processes.ts';

/** How many runs are under way when the backup begins. */
const liveCount = Number(process.env['BACKUP_RUNS'] ?? 200);
const namespace = 'backed-up';
const gone = '--old-site-is-down';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workflow-backup-'));

  return () => rm(folder, { recursive: true, force: true });
});

async function connect({ url }: TestServer) {
  const stream = await connectJetStream({ url, namespace });
  onTestFinished(() => stream.close());

  return { stream, workflows: createWorkflows({ ...partsOf(stream), newRunId, answerTimeoutMs: 30_000 }) };
}

/** The command line and an engine in a project folder, with this server. */
async function site(name: string, definition = '') {
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const cwd = join(folder, name);
  await mkdir(join(cwd, 'definitions'), { recursive: true });
  if (definition !== '') await writeFile(join(cwd, 'definitions', 'own.yaml'), definition);
  const env = { NATS_URL: server.url, WORKFLOW_NAMESPACE: namespace };
  const engine = engineProcess({ cwd, env });
  onTestFinished(() => engine.kill9());

  return {
    server,
    engine,
    cli: (...args: string[]) => runProgram(builtCli, [...args, '--json'], { cwd, env }),
  };
}

type Site = Awaited<ReturnType<typeof site>>;

function definition(done: string) {
  const content = [
    'workflow:',
    '  id: waits',
    '  version: 1',
    '  tasks:',
    `    - {id: note, run: {shell: sh, command: ['echo "$WORKFLOW_KEY" >> "$1"', "${done}"]}}`,
    '    - {id: go, type: WAIT, signal: go, depends_on: [note]}',
  ];
  const result = loadDefinition({ file: 'waits.yaml', content: content.join('\n') });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));

  return result.loaded;
}

/** Starts so many runs, some at a time; with when each of them was acknowledged. */
async function startRuns({ server }: Site, count: number, done: string) {
  const { workflows } = await connect(server);
  const acknowledged = new Map<string, string>();
  const one = async (): Promise<void> => {
    const given = { definition: definition(done), file: 'waits', input: {}, actor: 'test' };
    const answer = await workflows.start(given);
    if (!answer.ok) throw new Error(answer.refusal.message);
    acknowledged.set(answer.run, new Date().toISOString());
  };
  for (let left = count; left > 0; left -= 20)
    await Promise.all(Array.from({ length: Math.min(20, left) }, one));

  return acknowledged;
}

const parsed = ({ stdout }: { readonly stdout: string }) => JSON.parse(stdout) as Record<string, unknown>;

test(`a backup of ${liveCount} live runs, taken while others start, is whole on another server`, async () => {
  const done = join(folder, 'done.txt');
  await writeFile(done, '');
  const old = await site('old');
  await old.engine.start();
  const before = await startRuns(old, liveCount, done);
  const noted = async (): Promise<readonly string[]> =>
    (await readFile(done, 'utf8')).split('\n').filter(Boolean);
  await expect.poll(async () => (await noted()).length, { timeout: 60_000 }).toBe(liveCount);
  const { workflows: first } = await connect(old.server);
  for (const run of before.keys())
    await expect
      .poll(async () => (await first.view(run)).state.tasks['go']?.state, { timeout: 30_000 })
      .toBe('awaiting');

  let isTaken = false;
  const taking = old.cli('backup', join(folder, 'backup')).finally(() => {
    isTaken = true;
  });
  const meanwhile = new Map<string, string>();
  while (!isTaken) for (const [run, at] of await startRuns(old, 20, done)) meanwhile.set(run, at);
  const taken = await taking;
  expect(taken, taken.stderr).toMatchObject({ code: 0 });
  const { cutAt } = parsed(taken) as { readonly cutAt: string };
  const times = [...meanwhile.values()];
  expect(times.some((at) => at < cutAt) && times.some((at) => at > cutAt)).toBe(true);
  await old.engine.kill9();
  await old.server.kill9();

  const fresh = await site('fresh');
  const restored = await fresh.cli('restore', join(folder, 'backup'), gone);
  expect(restored, restored.stderr).toMatchObject({ code: 0 });
  await fresh.engine.start();
  const { workflows } = await connect(fresh.server);
  const due = [...before, ...meanwhile].filter(([, at]) => at < cutAt).map(([run]) => run);
  expect(due.length).toBeGreaterThanOrEqual(liveCount);
  for (const run of due) {
    await expect
      .poll(async () => (await workflows.view(run)).state.tasks['go']?.state, { timeout: 30_000 })
      .toBe('awaiting');
    expect(await workflows.command(run, { kind: 'signal', name: 'go', data: {} }, 'test')).toMatchObject({
      ok: true,
    });
  }
  for (const run of due)
    await expect
      .poll(async () => (await workflows.view(run)).state.status, { timeout: 60_000 })
      .toBe('COMPLETED');
  const begun = await noted();
  for (const run of before.keys()) expect(begun.filter((key) => key === `${run}/note`)).toHaveLength(1);
  const drilled = await fresh.cli('drill');
  expect(drilled, drilled.stderr).toMatchObject({ code: 0 });
  expect(parsed(drilled)).toMatchObject({ ok: true, unsound: [] });
}, 300_000);

test('events around the cut start one run each on the other server', async () => {
  const noted = [
    'workflow:',
    '  id: noted',
    '  version: 1',
    '  triggers: [{id: taken, on: note.taken, input: {note: "${event.id}"}}]',
    '  input: {properties: {note: {type: string}}, required: [note]}',
    '  tasks: [{id: look, run: {shell: sh, command: ["true"]}}]',
  ].join('\n');
  const old = await site('events-old', noted);
  await old.engine.start();
  const { stream } = await connect(old.server);
  const acknowledged = new Map<string, string>();
  const publish = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left--) {
      const id = `note-${acknowledged.size}`;
      const time = new Date().toISOString();
      await stream.events.publish({ specversion: '1.0', id, source: 'notes', type: 'note.taken', time });
      acknowledged.set(id, new Date().toISOString());
    }
  };
  await publish(50);
  const [taken] = await Promise.all([old.cli('backup', join(folder, 'events')), publish(300)]);
  const { cutAt } = parsed(taken) as { readonly cutAt: string };
  await old.engine.kill9();
  await old.server.kill9();
  const due = [...acknowledged].filter(([, at]) => at < cutAt).map(([id]) => id);

  const fresh = await site('events-fresh', noted);
  expect(await fresh.cli('restore', join(folder, 'events'), gone)).toMatchObject({ code: 0 });
  await fresh.engine.start();
  const { workflows } = await connect(fresh.server);
  const notes = async () => {
    const listed = await fresh.cli('list', '--limit', '500');
    const { items } = parsed(listed) as { readonly items: readonly { readonly run: string }[] };
    const views = await Promise.all(items.map(({ run }) => workflows.view(run)));

    return views.map(({ state }) => state.input['note']);
  };
  await expect.poll(notes, { timeout: 60_000, interval: 500 }).toEqual(expect.arrayContaining(due));
  const started = await notes();

  expect(due.length).toBeGreaterThanOrEqual(50);
  expect(new Set(started).size).toBe(started.length);
}, 180_000);

test('a backup is refused, and restores nothing, where it was changed or something is there', async () => {
  const old = await site('whole');
  const { stream } = await connect(old.server);
  const { ref, text } = definition('none');
  await stream.definitions.register({ ref, text, file: 'waits.yaml' });
  const backup = join(folder, 'small');
  expect(await old.cli('backup', backup)).toMatchObject({ code: 0 });
  const other = await site('other');
  const journal = join(backup, 'WF_BACKED-UP_JOURNAL.snapshot');
  const codeOf = async (...args: string[]) =>
    /"code": ?"([^"]+)"/.exec((await other.cli(...args)).stderr)?.[1];

  expect(await codeOf('restore', folder)).toBe('backup.unknown');
  await appendFile(journal, '!');
  expect(await codeOf('restore', backup)).toBe('backup.damaged');
  const { length } = await readFile(journal);
  await writeFile(journal, (await readFile(journal)).subarray(0, length - 1));
  expect(await codeOf('restore', backup)).toBe('backup.old-site');
  expect(await other.cli('restore', backup, gone)).toMatchObject({ code: 0 });
  expect(await codeOf('restore', backup, gone)).toBe('backup.not-empty');
  expect(await codeOf('backup', backup)).toBe('backup.exists');
}, 60_000);

test('docs/backup.md is done command by command', async () => {
  const page = await readFile(new URL('../../docs/backup.md', import.meta.url), 'utf8');
  const commands = [...page.matchAll(/^```\n(.*)\n```/gm)].map(([, line = '']) => line.split(' ').slice(1));
  expect(commands.map(([verb]) => verb)).toEqual(['backup', 'drill', 'restore', 'doctor']);
  const old = await site('page-old');
  const { stream } = await connect(old.server);
  const { ref, text } = definition('none');
  await stream.definitions.register({ ref, text, file: 'waits.yaml' });
  const fresh = await site('page-fresh');

  for (const page of commands) {
    const args = page.map((each) => (each === 'nats://old.example:4222' ? old.server.url : each));
    const { cli } = ['backup', 'drill'].includes(args[0] ?? '') ? old : fresh;
    expect(await cli(...args), args.join(' ')).toMatchObject({ code: 0 });
  }
});
