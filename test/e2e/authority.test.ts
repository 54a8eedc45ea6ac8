// A server with users, as people would set it up and use it: the configuration from `workflow nats-config`, an engine
// by its address, people by theirs. Method: the built command line against a real server, one process for each command.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';

const agents = `agents:
  - {name: ada, transport: nats}
principals:
  - {name: commander, level: L0}
  - {name: ana, level: L2, domain: ops}
  - {name: bot, level: L3}
`;
const release = `workflow:
  id: release
  version: 1
  labels: {domain: ops}
  tasks:
    - {id: sign, type: HUMAN, wait_for_approval: true}
`;

let folder: string;
let server: TestServer;
let engine: ChildProcess;
let urls: Readonly<Record<string, string>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workflow-authority-'));
  await mkdir(join(folder, 'definitions'));
  await writeFile(join(folder, 'definitions', 'release.yaml'), release);
  await writeFile(join(folder, 'agents.yaml'), agents);
  const written = await cli('', 'nats-config', '--out', 'nats');
  expect(written).toMatchObject({ code: 0 });
  const conf = await readFile(join(folder, 'nats', 'nats-auth.conf'), 'utf8');
  server = await startTestServer({ conf: `jetstream {\n}\n${conf}` });
  urls = await addresses();
  engine = spawn(process.execPath, [builtCli, 'serve'], { cwd: folder, env: envOf('engine') });
  await ready(engine);
});
afterAll(async () => {
  if (engine.exitCode === null && engine.kill('SIGTERM')) await once(engine, 'close');
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function addresses(): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(join(folder, 'nats', 'nats-urls.json'), 'utf8');

  return z.record(z.string(), z.string()).parse(JSON.parse(text));
}

function envOf(user: string): NodeJS.ProcessEnv {
  const url = urls?.[user]?.replace('127.0.0.1:4222', new URL(server.url).host) ?? '';

  return { ...process.env, NATS_URL: url, WORKFLOW_USER: user.replace('operator-', '') };
}

/** One command with the address of a user, and `WORKFLOW_USER` as it stands in its name. */
function cli(user: string, ...args: readonly string[]) {
  const env = user === '' ? {} : { NATS_URL: String(envOf(user)['NATS_URL']), WORKFLOW_USER: nameOf(user) };

  return runProgram(builtCli, args, { cwd: folder, env });
}

const nameOf = (user: string): string => user.replace('operator-', '');

async function ready(child: ChildProcess): Promise<void> {
  for await (const chunk of child.stderr ?? []) if (String(chunk).includes('engine ready')) return;
  throw new Error('the engine ended before it was ready');
}

async function started(user: string): Promise<string> {
  const answer = await cli(user, 'start', 'release', '--detach', '--json');
  expect(answer.stderr).not.toMatch(/error/i);

  return z.object({ run: z.string() }).parse(JSON.parse(answer.stdout)).run;
}

test('nobody else can read the addresses, and they are not written over by mistake', async () => {
  for (const file of ['nats-auth.conf', 'nats-urls.json']) {
    expect((await stat(join(folder, 'nats', file))).mode & 0o777).toBe(0o600);
  }
  expect(Object.keys(urls)).toEqual([
    'engine',
    'worker-ada',
    'operator-commander',
    'operator-ana',
    'observer',
  ]);
  const again = await cli('', 'nats-config', '--out', 'nats');
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') });
  const forced = await cli('', 'nats-config', '--out', 'nats', '--force', '--agent', 'bea');
  expect(forced.code).toBe(0);
  expect(await addresses()).toEqual({ ...urls, 'worker-bea': expect.any(String) });
});

const processesMs = 120_000;

test(
  'a person starts a run, one of higher level approves it, everybody sees it, nobody does more',
  async () => {
    const run = await started('operator-commander');
    // The definition is registered by now: L2 of its domain starts it, too, and approves nothing.
    const own = await started('operator-ana');
    expect(await cli('operator-ana', 'approve', own, 'sign', '--detach')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ana is L2; approving sign needs L0'),
    });
    expect(await cli('operator-ana', 'approve', own, 'sign', '--as', 'commander', '--json')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('authority.not-you'),
    });
    const listed = await cli('observer', 'list', '--json');
    expect(listed.stdout).toContain(run);
    expect(listed.stdout).toContain(own);
    expect(await cli('observer', 'approve', run, 'sign', '--json')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('authority.not-you'),
    });
    // Followed to its end: the engine carries it out, the person only looks.
    expect(await cli('operator-commander', 'approve', run, 'sign')).toMatchObject({ code: 0 });
    const status = await cli('observer', 'status', run, '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ status: 'COMPLETED' });
  },
  processesMs,
);

test(
  'the address of a person runs no engine',
  async () => {
    expect(await cli('operator-commander', 'serve', '--json')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('authority.engine'),
    });
  },
  processesMs,
);

test('who is no principal is given no address', async () => {
  expect(await cli('', 'nats-config', '--out', 'other', '--operator', 'comander')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('it is none of the principals of agents.yaml'),
  });
});
