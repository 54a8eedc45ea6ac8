// The server of a project may be killed under a command that runs, and the command goes on. And what is no server at
// all does not keep a command. Method: the built command line, its own server, and a real SIGKILL.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtCli, type Finished, runProgram } from './station.ts';

const gated = `
workflow:
  id: gated
  version: 1
  input: { required: [gate] }
  tasks:
    - id: wait
      timeout: 2m
      run: { command: [sh, -c, 'until test -f "$0"; do sleep 0.1; done', '\${workflow.input.gate}'] }
    - { id: after, depends_on: wait, run: { command: ['true'] } }
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workflow-death-'));
  await mkdir(join(folder, 'definitions'));
  await writeFile(join(folder, 'definitions', 'gated.yaml'), gated);
});
afterAll(async () => {
  await cli('down');
  await rm(folder, { recursive: true, force: true });
});

test('a run goes on in the same process when the server is killed under it', async () => {
  const gate = join(folder, 'gate');
  const running = start('start', 'gated', '--gate', gate);
  await running.said('wait running');
  const { pid } = JSON.parse(await readFile(join(folder, '.3ox/nats/server.json'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  await running.said('the NATS server is gone; bringing it up again');
  await writeFile(gate, '');

  const ended = await running.ended;
  expect(ended.stderr).toContain('the NATS server is back');
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('✓ completed') });
  expect(JSON.parse((await cli('show', '@last', '--json')).stdout)).toMatchObject({ status: 'COMPLETED' });
  const replayed = await cli('replay', '@last');
  expect(replayed).toMatchObject({ code: 0, stdout: expect.stringContaining('exact') });
  expect((await cli('down')).code).toBe(0);
}, 60_000);

test('something that takes connections and never answers is unreachable, and does not keep the command', async () => {
  const silent = createServer((socket) => void socket.on('error', () => undefined));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : 0;

  const ran = await cliWith({ NATS_URL: `nats://127.0.0.1:${port}` }, 'list', '--json');

  expect(ran.code).toBe(3);
  expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code: 'nats.unreachable' } });
  silent.close();
});

test('an address that is none is wrong use', async () => {
  const ran = await cliWith({ NATS_URL: 'garbage://::x' }, 'list', '--json');

  expect(ran.code).toBe(2);
  expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code: 'usage.nats-url' } });
});

function cli(...args: readonly string[]): Promise<Finished> {
  return cliWith({}, ...args);
}

function cliWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Finished> {
  return runProgram(builtCli, args, { cwd: folder, env: { NATS_URL: '', LANG: 'C.UTF-8', ...env } });
}

/** Starts the command; `said` resolves when the text has come on stderr. */
function start(...args: readonly string[]) {
  const child = spawn(process.execPath, [builtCli, ...args], {
    cwd: folder,
    env: { ...process.env, NATS_URL: '', LANG: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text: Buffer) => {
    stdout += text;
  });
  child.stderr.on('data', (text: Buffer) => {
    stderr += text;
  });
  const ended = new Promise<Finished>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });

  const said = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (stderr.includes(text)) resolve();
      };
      child.stderr.on('data', look);
      look();
      void ended.then(() => reject(new Error(`ended before "${text}": ${stderr}`)));
    });

  return { ended, said };
}
