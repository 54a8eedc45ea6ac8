// Approvals as people meet them: the page that tells of them, word for word, and answers that are handed over, refused
// and late, with an engine that dies in between. Method: the built command line against a real server.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commandsIn } from '../support/markdown-commands.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';

const agents = `principals:
  - {name: commander, level: L0}
  - {name: chief, level: L1}
  - {name: bot, level: L3}
`;
const signing = `workflow:
  id: signing
  version: 1
  tasks:
    - {id: sign, type: HUMAN, approvers: {level: L1}, timeout: 1s, on_timeout: escalate, escalate_to: {names: bot}}
`;
const processesMs = 120_000;

let folder: string;
let server: TestServer;
let engines: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workflow-approvals-'));
  await mkdir(join(folder, 'definitions'));
  server = await startTestServer();
});
afterEach(async () => {
  for (const engine of engines) await ended(engine, 'SIGTERM');
  engines = [];
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function cli(...args: readonly string[]) {
  return runProgram(builtCli, args, {
    cwd: folder,
    env: { NATS_URL: server.url, WORKFLOW_USER: 'commander' },
  });
}

async function read(...args: readonly string[]) {
  const { stdout } = await cli(...args, '--json');

  return JSON.parse(stdout);
}

async function serve(): Promise<ChildProcess> {
  const env = { ...process.env, NATS_URL: server.url };
  const engine = spawn(process.execPath, [builtCli, 'serve'], { cwd: folder, env });
  engines.push(engine);
  for await (const chunk of engine.stderr ?? []) if (String(chunk).includes('engine ready')) return engine;
  throw new Error('the engine ended before it was ready');
}

async function ended(engine: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (engine.exitCode === null && engine.signalCode === null && engine.kill(signal))
    await once(engine, 'close');
}

test(
  'every command of the page about approvals works as it is written',
  async () => {
    const page = await readFile(new URL('../../docs/approvals.md', import.meta.url), 'utf8');
    for (const [, yaml = ''] of page.matchAll(/```yaml\n([\s\S]*?)```/g)) {
      // Who there is and how mails are sent is told in other files.
      if (!yaml.startsWith('workflow:')) continue;
      const id = /^ {2}id: (\S+)$/m.exec(yaml)?.[1] ?? 'nameless';
      await writeFile(join(folder, 'definitions', `${id}.yaml`), yaml);
    }
    for (const { text, words } of commandsIn(page)) {
      const { code, stderr } = await cli(...words.slice(1));
      // 6: the run waits for a person.
      const isFine = code === 0 || code === 6;
      expect({ text, isFine, stderr: isFine ? '' : stderr }).toEqual({ text, isFine: true, stderr: '' });
    }

    const runs: { run: string; definition: { id: string } }[] = (await read('list')).items;
    const release = runs.find(({ definition }) => definition.id === 'release')?.run ?? '';
    expect(await read('show', release)).toMatchObject({
      status: 'COMPLETED',
      tasks: expect.arrayContaining([
        expect.objectContaining({
          id: 'sign',
          output: {
            decision: 'approved',
            by: 'dan',
            comment: null,
            data: { window: 'friday', channel: 'mail' },
          },
        }),
      ]),
    });
  },
  processesMs,
);

test(
  'silence escalates, refused answers stay in the journal when the engine dies, and late ones change nothing',
  async () => {
    await writeFile(join(folder, 'definitions', 'signing.yaml'), signing);
    await writeFile(join(folder, 'agents.yaml'), agents);
    const engine = await serve();
    const { run } = await read('start', 'signing', '--detach');
    await expect
      .poll(async () => (await read('approvals', 'list')).items[0]?.escalatedAt, { timeout: 30_000 })
      .toBeDefined();
    expect((await read('approvals', 'list', '--as', 'bot')).total).toBe(1);
    expect((await read('approvals', 'list', '--as', 'eve')).total).toBe(0);
    expect(await cli('approve', run, '--as', 'eve')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('authority.unknown'),
    });
    await ended(engine, 'SIGKILL');
    await serve();

    expect(await cli('approvals', 'approve', run, '--as', 'bot')).toMatchObject({ code: 0 });
    const before = await read('show', run);
    expect(await cli('reject', run, 'sign', '--as', 'chief')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('run.closed'),
    });
    const after = await read('show', run);
    expect(after).toMatchObject({
      status: 'COMPLETED',
      endedAt: before.endedAt,
      sequence: before.sequence + 1,
    });
    expect(await read('approvals', 'show', run, 'sign')).toMatchObject({
      refused: [
        { by: 'eve', decision: 'approve', code: 'authority.unknown' },
        { by: 'chief', decision: 'reject', code: 'run.closed' },
      ],
    });
    expect((await cli('history', run)).stdout).toMatch(/approval.timeout at .*: escalated/);
    expect(await cli('replay', run)).toMatchObject({ code: 0 });
  },
  processesMs,
);

test(
  'whoever is away stays away though the engine dies, and whom they named answers for them until they are back',
  async () => {
    await writeFile(join(folder, 'agents.yaml'), agents);
    await writeFile(
      join(folder, 'definitions', 'chiefly.yaml'),
      signing.replace('id: signing', 'id: chiefly').replace(/, timeout.*}}/, '}'),
    );
    const engine = await serve();
    expect(await cli('approvals', 'away', '--as', 'chief', '--to', 'eve', '--until', '2d')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('approval.bad-delegate'),
    });
    await cli('approvals', 'away', '--as', 'chief', '--to', 'bot', '--until', '2d');
    await cli('start', 'chiefly', '--detach');
    await ended(engine, 'SIGKILL');
    await serve();

    const commander = await cli('approvals', 'away', '--as', 'bot', '--to', 'commander', '--until', '2d');
    expect(commander.code).toBe(0);
    expect(await cli('approvals', 'approve', '@last', '--as', 'bot')).toMatchObject({ code: 0 });
    const { events } = await read('history', '@last');
    expect(JSON.stringify(events)).toContain('"inPlaceOf":"chief"');

    await cli('start', 'chiefly', '--detach');
    await cli('approvals', 'back', '--as', 'chief');
    const late = await cli('approvals', 'approve', '@last', '--as', 'bot', '--detach');
    expect(late.stderr).toContain('authority.level');
  },
  processesMs,
);
