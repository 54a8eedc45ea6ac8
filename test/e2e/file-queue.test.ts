// Agents that are shell scripts with two folders: one is the listener of the documents this product was asked for in,
// two others share an inbox and claim by renaming. Method: the built command line, a real server, the scripts as they
// are shipped, and an engine that is killed while they work.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';

const script = fileURLToPath(new URL('../../examples/workers/files.sh', import.meta.url));

const agents = `
agents:
  COUNTER: { transport: files }
  SEALS: { transport: { files: { inbox: 1N.3OX, outbox: 0UT.3OX } } }
`;
const definition = `
workflow:
  id: stock-taking
  version: 1
  output: { counted: "\${count.output.files}", sealed: "\${seal.output.files}" }
  tasks:
    - { id: count, assigned_to: COUNTER, timeout: 2m, input: { folder: data } }
    - { id: seal, assigned_to: SEALS, timeout: 2m, depends_on: count, input: { folder: data } }
`;
const runs = 4;

let server: TestServer;
let project: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  server = await startTestServer();
  project = await mkdtemp(join(tmpdir(), 'workflow-files-'));
  await mkdir(join(project, 'data'));
  for (const name of ['a.csv', 'b.csv', 'c.csv']) await writeFile(join(project, 'data', name), 'x\n');
  await writeFile(join(project, 'agents.yaml'), agents);
  await writeFile(join(project, 'stock-taking.yaml'), definition);
});
afterAll(async () => {
  await Promise.all(children.map(end));
  await server.stop();
  await rm(project, { recursive: true, force: true });
});

test('shell scripts carry tasks out by files, whatever happens to the engine', async () => {
  start('sh', [script, 'COUNTER', '.3ox/task-queue', '.3ox/response-queue']);
  for (let worker = 0; worker < 2; worker += 1) start('sh', [script, 'SEALS', '1N.3OX', '0UT.3OX', 'claim']);
  const first = engine();
  const ids: string[] = [];
  for (let n = 0; n < runs; n += 1)
    ids.push((await cli('start', 'stock-taking.yaml', '--detach')).stdout.trim());
  await expect.poll(() => completed(), { timeout: 90_000 }).toBeGreaterThan(0);
  await end(first);
  engine();
  await expect.poll(() => completed(), { timeout: 90_000 }).toBe(runs);

  for (const id of ids) {
    const view = JSON.parse((await cli('show', id, '--json')).stdout);
    expect(view.output).toEqual({ counted: 3, sealed: 3 });
  }
  expect((await cli('replay', '--all')).code).toBe(0);
  const left = async (path: string) =>
    (await readdir(join(project, path))).filter((name) => name !== 'rejected');
  const folders = ['1N.3OX', '0UT.3OX', '.3ox/task-queue', '.3ox/response-queue', '.3ox/file-queue'];
  await expect.poll(async () => (await Promise.all(folders.map(left))).flat()).toEqual([]);
}, 240_000);

async function completed(): Promise<number> {
  return JSON.parse((await cli('list', '--where', 'status=COMPLETED', '--json')).stdout).total;
}

function engine(): ChildProcess {
  return start(process.execPath, [builtCli, 'serve']);
}

function start(file: string, args: readonly string[]): ChildProcess {
  const child = spawn(file, args, { cwd: project, env: environment(), stdio: 'ignore', detached: true });
  children.push(child);

  return child;
}

/** Ends a process and what it started, as a crash would. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const over = once(child, 'close');
  process.kill(-child.pid, 'SIGKILL');
  await over;
}

function cli(...args: readonly string[]) {
  return runProgram(builtCli, args, { cwd: project, env: environment() });
}

function environment(): Record<string, string> {
  return { ...(process.env as Record<string, string>), NATS_URL: server.url, LANG: 'C.UTF-8' };
}
