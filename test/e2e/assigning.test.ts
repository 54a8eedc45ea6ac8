// A task that is given to an agent by name, also away from a worker that has begun it, which is killed meanwhile: the
// one that was named does it, once. Method: the built command line as engine and as workers, each a process of its own,
// over a real server.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { MortalProcess } from '../support/mortal-process.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, type Finished, runProgram } from './station.ts';
import { engineProcess } from './worker-processes.ts';
import { startWorker, type WorkerProcess } from './worker-programs.ts';

let server: TestServer;
let folder: string;
let engine: MortalProcess;
const started: WorkerProcess[] = [];
const soon = { timeout: 60_000, interval: 100 };
const forEver = 'while kill -0 $PPID 2>/dev/null; do sleep 0.1; done';

beforeAll(async () => {
  server = await startTestServer();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workflow-assigning-'));
  await mkdir(join(folder, 'definitions'));
  await writeFile(
    join(folder, 'definitions', 'dig.yaml'),
    'workflow: {id: dig, version: 1, tasks: [{id: dig, requires: [dig], retry_policy: {max_attempts: 1}}], output: {by: "${dig.output.by}"}}\n',
  );
  engine = engineProcess({ cwd: folder, env: environment() });
  await engine.start();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map(({ stop }) => stop()));
  await engine.kill9();
  await rm(folder, { recursive: true, force: true });
});
afterAll(() => server.stop());

const environment = () => ({ NATS_URL: server.url, USER: 'ana' });

function cli(...args: readonly string[]): Promise<Finished> {
  return runProgram(builtCli, args, { cwd: folder, env: environment() });
}

async function begin(
  agent: string,
  skill: string,
  rest = `echo '{"by": "${agent}"}'`,
): Promise<WorkerProcess> {
  const note = `echo ${agent} >> ${join(folder, 'begun')}`;
  const worker = await startWorker(
    [process.execPath, builtCli, 'worker', agent, '--skill', skill, '--', 'sh', '-c', `${note}; ${rest}`],
    environment(),
  );
  started.push(worker);
  await expect.poll(worker.said, soon).toContain('ready');

  return worker;
}

const begun = async () =>
  (await readFile(join(folder, 'begun'), 'utf8').catch(() => '')).split('\n').filter(Boolean);

async function start(): Promise<string> {
  const { stdout } = await cli('start', 'dig', '--detach', '--json');

  return (JSON.parse(stdout) as { readonly run: string }).run;
}

async function ended(run: string): Promise<unknown> {
  const document = async () =>
    JSON.parse((await cli('show', run, '--json')).stdout) as Readonly<Record<string, unknown>>;
  await expect.poll(async () => (await document())['status'], soon).toBe('COMPLETED');
  // Exits with 7 on any difference.
  expect(await cli('replay', run)).toMatchObject({ code: 0 });

  return (await document())['output'];
}

test('the agent that is named does what another one had begun, whose worker dies, and does it once', async () => {
  const doomed = await begin('MOLE', 'dig', forEver);
  const run = await start();
  await expect.poll(begun, soon).toEqual(['MOLE']);
  await begin('YAK', 'dig');
  await begin('MULE', 'haul');
  expect(await cli('assign', run, 'dig', '--to', 'MULE', '--take-away', '--detach')).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('[agent.lacks-skill] MULE does not offer the skill "dig"'),
  });
  expect(await cli('assign', run, 'dig', '--to', 'YAK', '--detach')).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('[task.already-started] attempt 1 of dig is being carried out by'),
  });
  doomed.child.kill('SIGKILL');
  await doomed.ended;
  expect(
    await cli('assign', run, 'dig', '--to', 'YAK', '--take-away', '--reason', 'MOLE hangs', '--detach'),
  ).toMatchObject({ code: 0 });

  expect(await ended(run)).toEqual({ by: 'YAK' });
  expect(await begun()).toEqual(['MOLE', 'YAK']);
  expect((await cli('history', run)).stdout).toMatch(
    /task\.assigned.*to YAK by ana instead of MOLE, taken away from .*: MOLE hangs/,
  );
}, 180_000);

test('a task that waits is begun by the agent that is named, also when the engine dies right after', async () => {
  const run = await start();
  await begin('YAK', 'haul');
  await engine.kill9();
  await engine.start();
  await begin('OX', 'dig', forEver);
  await expect.poll(begun, soon).toEqual(['OX']);
  await begin('MOLE', 'dig');
  expect(await cli('assign', run, 'dig', '--to', 'MOLE', '--take-away', '--detach')).toMatchObject({
    code: 0,
  });
  await engine.kill9();
  await engine.start();

  expect(await ended(run)).toEqual({ by: 'MOLE' });
  expect(await begun()).toEqual(['OX', 'MOLE']);
}, 180_000);
