// A task that is shared among agents, one of whose workers is killed in the middle of its part: another agent that
// offers the skill does that part, and nothing else is done again. Method: the built command line as engine and as
// workers, each a process of its own, over a real server.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { MortalProcess } from '../support/mortal-process.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';
import { engineProcess } from './worker-processes.ts';
import { startWorker, type WorkerProcess } from './worker-programs.ts';

let server: TestServer;
let folder: string;
let engine: MortalProcess | undefined;
const started: WorkerProcess[] = [];
const soon = { timeout: 60_000, interval: 100 };

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'workflow-shared-'));
  await mkdir(join(folder, 'definitions'));
  await writeFile(
    join(folder, 'definitions', 'shared.yaml'),
    'workflow: {id: shared, version: 1, tasks: [{id: audit, requires: [dig, haul], share: true}], output: {audit: "${audit.output}"}}\n',
  );
});
afterEach(async () => {
  await Promise.all(started.splice(0).map(({ stop }) => stop()));
  await engine?.kill9();
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const environment = () => ({ NATS_URL: server.url, USER: 'ana' });

async function cli(...args: readonly string[]): Promise<string> {
  const finished = await runProgram(builtCli, args, { cwd: folder, env: environment() });
  expect(finished, finished.stderr).toMatchObject({ code: 0 });

  return finished.stdout;
}

/** Notes that it began, and gives its answer, or never comes to an end while its worker lives. */
async function begin(agent: string, skill: string, answer: string | undefined): Promise<WorkerProcess> {
  const note = `echo ${agent} >> ${join(folder, 'begun')}`;
  const rest =
    answer === undefined ? 'while kill -0 $PPID 2>/dev/null; do sleep 0.1; done' : `echo '${answer}'`;
  const worker = await startWorker(
    [process.execPath, builtCli, 'worker', agent, '--skill', skill, '--', 'sh', '-c', `${note}; ${rest}`],
    environment(),
  );
  started.push(worker);
  await expect.poll(worker.said, soon).toContain('ready');

  return worker;
}

const begun = async () =>
  (await readFile(join(folder, 'begun'), 'utf8').catch(() => '')).trim().split('\n').sort();

test('the part of a member whose worker is killed is done by another agent, and no other part is done again', async () => {
  engine = engineProcess({ cwd: folder, env: environment() });
  await engine.start();
  await begin('MOLE', 'dig', '{"depth": 3}');
  const doomed = await begin('MULE', 'haul', undefined);
  const run = (JSON.parse(await cli('start', 'shared', '--detach', '--json')) as { readonly run: string })
    .run;
  await expect.poll(begun, soon).toEqual(['MOLE', 'MULE']);

  doomed.child.kill('SIGKILL');
  await doomed.ended;
  await begin('YAK', 'haul', '{"weight": 7}');
  const output = async (): Promise<unknown> =>
    (JSON.parse(await cli('show', run, '--json')) as { readonly output?: unknown }).output;
  await expect.poll(output, soon).toEqual({ audit: { dig: { depth: 3 }, haul: { weight: 7 } } });

  expect(await begun()).toEqual(['MOLE', 'MULE', 'YAK']);
  // Exits with 7 on any difference.
  await cli('replay', run);
}, 180_000);
