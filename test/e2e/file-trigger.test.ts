// Files and definitions that are put into a project count while an engine serves it. Method: `workflow serve` as it was
// built, in a process of its own on a real server; whatever is to be seen is asked of the command line.
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';
import { startWorker, type WorkerProcess } from './worker-programs.ts';

const intake = (version: number, task: string) => `workflow:
  id: intake
  version: ${version}
  triggers: [{id: orders, file: 1N.3OX/order-*.json}]
  input: {properties: {path: {type: string}, digest: {type: string}}, required: [path, digest]}
  output: {text: "\${${task}.output.text}"}
  tasks: [{id: ${task}, type: TRANSFORM, output: {text: "\${workflow.input.path}"}}]
`;
const soon = { timeout: 30_000, interval: 100 };

let server: TestServer;
let folder: string;
let serving: WorkerProcess | undefined;

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'workflow-files-'));
  await mkdir(join(folder, 'definitions'));
  await mkdir(join(folder, '1N.3OX'));
});
afterEach(() => serving?.stop());
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function serve(): Promise<WorkerProcess> {
  const args = [process.execPath, builtCli, 'serve', '--project', folder];
  serving = await startWorker(args, { NATS_URL: server.url, USER: 'ana' });
  await expect.poll(serving.said, soon).toContain('engine ready');

  return serving;
}

/** The runs that files started: what they say, the last one first. */
async function results(): Promise<readonly unknown[]> {
  const { stdout } = await runProgram(builtCli, ['executions', '--trigger', 'orders', '--json'], {
    cwd: folder,
    env: { NATS_URL: server.url },
  });

  return JSON.parse(stdout).items.map(({ result }: { result: unknown }) => result);
}

async function put(path: string, text: string): Promise<void> {
  await writeFile(join(folder, 'new'), text);
  await rename(join(folder, 'new'), join(folder, path));
}

test('each file starts one run, over a kill of the engine, by the definition as it is in the folder then', async () => {
  await put('definitions/intake.yaml', intake(1, 'first'));
  const killed = await serve();
  expect(killed.said()).toContain('registered intake version 1 from definitions/intake.yaml');
  await put('1N.3OX/order-1.json', '{}');
  await expect.poll(results, soon).toEqual([{ text: '1N.3OX/order-1.json' }]);
  await put('1N.3OX/other.json', '{}');

  await killed.stop();
  await put('1N.3OX/order-2.json', '{}');
  const { said } = await serve();
  await expect.poll(results, soon).toHaveLength(2);

  await put('definitions/intake.yaml', intake(2, 'second'));
  await expect.poll(said, soon).toContain('registered intake version 2 from definitions/intake.yaml');
  await put('1N.3OX/order-3.json', '{}');
  await expect.poll(results, soon).toHaveLength(3);
  expect((await results())[0]).toEqual({ text: '1N.3OX/order-3.json' });
}, 120_000);

test('a definition that is broken, or changed without a higher version, is told of, and the one before counts', async () => {
  await put('definitions/intake.yaml', intake(2, 'second').replace('tasks', 'taks'));
  const { said } = await serve();
  expect(said()).toMatch(/definitions\/intake.yaml cannot be used[\s\S]*definitions\/intake.yaml:\d+:\d+/);
  await put('definitions/intake.yaml', intake(2, 'changed'));
  await expect.poll(said, soon).toContain('raise its version to register the change');
  await put('1N.3OX/order-4.json', '{}');
  await expect.poll(results, soon).toContainEqual({ text: '1N.3OX/order-4.json' });
}, 120_000);
