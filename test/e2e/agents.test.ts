// What a person sees of agents: who is there, why a run waits for one, and that whoever comes later is not too late.
// Method: the built command line over a real server, with a worker that is a process of its own.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, type Finished, runProgram } from './station.ts';
import { startWorker, type WorkerProcess } from './worker-programs.ts';

let server: TestServer;
let folder: string;
const started: WorkerProcess[] = [];
const soon = { timeout: 30_000, interval: 50 };

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'workflow-agents-'));
  await mkdir(join(folder, 'definitions'));
  await writeFile(
    join(folder, 'definitions', 'far.yaml'),
    'workflow: {id: far, version: 1, tasks: [{id: look, assigned_to: SCOUT}]}\n',
  );
  await writeFile(
    join(folder, 'definitions', 'able.yaml'),
    'workflow: {id: able, version: 1, tasks: [{id: fly, requires: [fly], agent_level: L2}]}\n',
  );
});
afterEach(async () => {
  await Promise.all(started.splice(0).map(({ stop }) => stop()));
  await rm(join(folder, 'agents.yaml'), { force: true });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function environment(): Readonly<Record<string, string>> {
  return { NATS_URL: server.url, USER: 'ana' };
}

function cli(...args: readonly string[]): Promise<Finished> {
  return runProgram(builtCli, args, { cwd: folder, env: environment() });
}

async function begin(...args: readonly string[]): Promise<WorkerProcess> {
  const worker = await startWorker(
    [process.execPath, builtCli, 'worker', ...args, '--', 'sh', '-c', 'echo "{}"'],
    environment(),
  );
  started.push(worker);
  await expect.poll(worker.said, soon).toContain('ready');

  return worker;
}

test('a run that nobody carries on says so and what would help, and goes on when a worker has come', async () => {
  const left = await cli('start', 'far');
  expect(left).toMatchObject({
    code: 6,
    stderr: expect.stringContaining('no worker is listening for the agent "SCOUT"'),
  });
  expect(left.stderr).toContain('workflow worker SCOUT -- <command>');
  expect((await cli('status', '@last')).stdout).toContain('no worker is listening for the agent "SCOUT"');
  expect((await cli('doctor')).stdout).toContain('tasks wait that no worker is listening for: 1 for "SCOUT"');

  await begin('SCOUT');
  expect(await cli('resume', '@last')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('completed'),
  });
});

test('agents list shows the workers that are there, and drain keeps new work from them until resume', async () => {
  await begin('SCOUT', '--skill', 'look', '--capacity', '3');
  expect(JSON.parse((await cli('agents', '--json')).stdout)).toMatchObject({
    items: [{ name: 'SCOUT', skills: ['look'], capacity: 3, workers: [{ language: 'command', running: 0 }] }],
  });
  expect(await cli('agents', 'drain', 'SCOUT', '--reason', 'new disk')).toMatchObject({ code: 0 });
  const left = await cli('start', 'far');
  expect(left).toMatchObject({
    code: 6,
    stderr: expect.stringMatching(/"SCOUT" is draining since \S+ by ana \(new disk\)/),
  });

  expect(await cli('agents', 'resume', 'SCOUT')).toMatchObject({ code: 0 });
  expect(await cli('resume', '@last')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('completed'),
  });
});

test('a skill that is offered below the level of the task is told of; agents.yaml counts as it is now', async () => {
  await begin('BIRD', '--skill', 'fly');
  const left = await cli('start', 'able');
  expect(left).toMatchObject({
    code: 6,
    stderr: expect.stringContaining(
      'no agent offers the skill "fly" at level L2 or above; "BIRD" does, but is L3',
    ),
  });

  await writeFile(join(folder, 'agents.yaml'), 'agents: {BIRD: {level: L1}}\n');
  expect(await cli('resume', '@last')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('completed'),
  });
});

test('nothing is started while agents.yaml cannot be used', async () => {
  await writeFile(join(folder, 'agents.yaml'), 'agents: {BIRD: {levle: L1}}\n');
  const refused = await cli('start', 'far');
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('agents.yaml:1:17') });
  expect((await cli('doctor')).stdout).toContain('agents.yaml: unknown key "levle"');
});
