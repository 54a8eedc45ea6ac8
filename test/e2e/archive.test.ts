// Runs are archived and left behind by a real server while an engine serves: whoever asks for one is answered byte for
// byte as before. Method: an engine in a process of its own, and commands over the same server; the archive is written
// and the journal goes on in another generation as a sweep does it.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCli } from '../../src/cli/program/program.ts';
import { createApp } from '../../src/compose/app.ts';
import { openSession } from '../../src/compose/session/open-session.ts';
import { markArchived } from '../../src/engine/board/index-keeper.ts';
import { createTestIo } from '../cli/test-io.ts';
import { archivedAt, given, runOf } from '../support/archived-runs.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli } from './station.ts';

let server: TestServer;
let project: string;
let env: Readonly<Record<string, string>>;
let engine: ReturnType<typeof spawn>;

const pay = (version: number, more = '') => `workflow:
  id: pay
  version: ${version}
  input: { properties: { amount: { type: integer, default: 1 } } }
  tasks:
    - { id: count, run: { command: [echo, "\${workflow.input.amount}"] } }
    - { id: tell, type: NOOP, depends_on: count }${more}
`;

beforeAll(async () => {
  server = await startTestServer();
  vi.stubEnv('NATS_URL', server.url);
  project = await mkdtemp(join(tmpdir(), 'workflow-archive-'));
  env = { ...(process.env as Record<string, string>), NATS_URL: server.url, LANG: 'C.UTF-8' };
  await mkdir(join(project, 'definitions'));
  await writeFile(join(project, 'definitions', 'pay.yaml'), pay(1));
  engine = spawn(process.execPath, [builtCli, 'serve'], {
    cwd: project,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    let stderr = '';
    engine.stderr?.on('data', (text: Buffer) => {
      stderr += text;
      if (stderr.includes('engine ready')) resolve();
    });
    engine.once('close', () => reject(new Error(`the engine ended: ${stderr}`)));
  });
});
afterAll(async () => {
  const ended = new Promise((resolve) => engine.once('close', resolve));
  engine.kill('SIGTERM');
  await ended;
  await server.stop();
  vi.unstubAllEnvs();
  await rm(project, { recursive: true, force: true });
});

test('runs that left the journal are answered as before, and go on no more', {
  timeout: 180_000,
}, async () => {
  const whole = await completed('--amount', '7', '--key', 'invoice 7');
  const head = await completed('--amount', '8');
  const stays = await completed('--amount', '9');
  await writeFile(join(project, 'new.yaml'), pay(2, '\n    - { id: thank, type: NOOP, depends_on: tell }'));
  const before = await answersOf(whole);
  const other = await answersOf(stays);
  await leaveBehind({ [whole]: 'whole', [head]: 'head' });

  expect(await answersOf(whole)).toEqual(before);
  expect(await answersOf(stays)).toEqual(other);
  const refused = await cli('rerun', whole, '--from', 'tell');
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('run.archived') });
  const again = await cli('start', 'pay', '--amount', '7', '--key', 'invoice 7', '--detach');
  expect(again.stdout.trim()).toBe(whole);
  expect(await cli('show', head)).toMatchObject({ code: 5, stderr: expect.stringContaining('COMPLETED') });
  const marks = async () => {
    const { items } = JSON.parse((await cli('list', '--json')).stdout);
    return Object.fromEntries(
      items.map((each: { run: string; archived?: string }) => [each.run, each.archived]),
    );
  };
  await expect
    .poll(marks, { timeout: 20_000 })
    .toEqual({ [whole]: 'whole', [head]: 'head', [stays]: undefined });
  expect(await cli('archives', 'verify')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('runs: 2'),
  });
});

async function completed(...flags: readonly string[]): Promise<string> {
  const run = (await cli('start', 'pay', ...flags, '--detach')).stdout.trim();
  const status = async () => JSON.parse((await cli('show', run, '--json')).stdout).status;
  await expect.poll(status, { timeout: 30_000 }).toBe('COMPLETED');

  return run;
}

/** As a sweep does it: first everything is in the archive, then the journal goes on without it. */
async function leaveBehind(kept: Readonly<Record<string, 'whole' | 'head'>>): Promise<void> {
  const { archive, indexed, stream, close } = await openSession(
    { projectDir: project, engine: 'none' },
    () => undefined,
  );
  try {
    const runs = await Promise.all(Object.entries(kept).map(([run, how]) => runOf(stream.journal, run, how)));
    await archive.put({ at: archivedAt, by: 'engine', generation: 1 }, given(...runs));
    await stream.generations.next({ without: new Map(runs.map(({ run, position }) => [run, position])) });
    await markArchived(indexed.index, runs);
  } finally {
    await close();
  }
}

/** What commands say of a run, without the time at which it was exported. */
async function answersOf(run: string): Promise<Readonly<Record<string, string>>> {
  const asked = {
    show: ['show', run, '--json'],
    at: ['show', run, '--at', '2', '--json'],
    history: ['history', run, '--json'],
    replay: ['replay', run, '--json'],
    whatIf: ['replay', run, '--against', 'new.yaml', '--json'],
    export: ['audit', 'export', run],
  };
  const answers: [string, string][] = [];
  for (const [name, words] of Object.entries(asked)) {
    const { stdout, stderr } = await cli(...words);
    expect(stdout, `${name}: ${stderr}`).not.toBe('');
    answers.push([name, stdout.replace(/"exportedAt": "[^"]+"/, '')]);
  }

  return Object.fromEntries(answers);
}

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

async function cli(...args: readonly string[]): Promise<Ran> {
  const io = createTestIo({ cwd: project });
  const code = await runCli([...args], createApp(), io);

  return { code, stdout: io.out(), stderr: io.err() };
}
