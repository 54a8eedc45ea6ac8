// Engines in programs of one's own, as the page says: the program of docs/embedding.md as it stands there, one that is
// killed while another one goes on with its runs, and one beside `workflow serve`. Method: processes of their own on
// real servers, imported by the name of the package or from what is built.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createWorker } from '../../src/compose/create-worker.ts';
import {
  createEngine,
  type EmbeddedEngine,
  type EngineOptions,
} from '../../src/compose/embedding/create-engine.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = fileURLToPath(new URL('./embedding-program.mjs', import.meta.url));

const order = `
workflow:
  id: order
  version: 1
  input: { required: [order] }
  output: [by]
  tasks:
    - { id: reserve, uses: orders.reserve, input: { order: '\${workflow.input.order}' }, output: [by] }
    - { id: ship, uses: orders.ship, depends_on: reserve, output: [by] }
`;
const written = `
workflow:
  id: written
  version: 1
  input: { required: [file] }
  tasks:
    - { id: first, run: { shell: sh, command: ['echo "$WORKFLOW_ATTEMPT_KEY" >> "$1"', '\${workflow.input.file}'] } }
    - { id: last, depends_on: first, run: { shell: sh, command: ['echo "$WORKFLOW_ATTEMPT_KEY" >> "$1"', '\${workflow.input.file}'] } }
`;
const given = `
workflow:
  id: given
  version: 1
  output: [by]
  tasks: [{ id: count, assigned_to: COUNTER, output: [by] }]
`;

let server: TestServer;
let dir: string;
let namespaces = 0;
const processes: ChildProcess[] = [];
const engines: EmbeddedEngine[] = [];

beforeAll(async () => {
  server = await startTestServer();
});
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'workflow-embedding-'));
  namespaces += 1;
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close({ drainMs: 0 });
  for (const each of processes.splice(0)) {
    if (each.exitCode === null && each.signalCode === null && each.kill('SIGKILL')) await once(each, 'exit');
  }
  await rm(dir, { recursive: true, force: true });
});
afterAll(() => server.stop());

const namespace = (): string => `embedding-${namespaces}`;

async function opened<Inputs, Outputs>(options: EngineOptions<Inputs, Outputs>): Promise<EmbeddedEngine> {
  const engine = await createEngine({ url: server.url, dir, namespace: namespace(), ...options });
  engines.push(engine);

  return engine;
}

test('the program of the page greets, and leaves a run that the command line shows', async () => {
  const page = await readFile(join(root, 'docs', 'embedding.md'), 'utf8');
  const [, text = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
  expect(text.trim().split('\n').length).toBeLessThanOrEqual(12);
  await mkdir(join(dir, 'node_modules'));
  await symlink(root, join(dir, 'node_modules', '3ox-workflow'));
  await writeFile(join(dir, 'hello.mjs'), text);
  const env = { NATS_URL: '', WORKFLOW_NAMESPACE: 'default' };
  try {
    const ran = await runProgram(join(dir, 'hello.mjs'), [], { cwd: dir, env });
    expect(ran).toMatchObject({ code: 0, stdout: "{ text: 'Hello Ada' }\n" });
    expect(await runProgram(builtCli, ['list', '--json'], { cwd: dir, env })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"hello"'),
    });
  } finally {
    await runProgram(builtCli, ['down'], { cwd: dir, env });
  }
});

test('the runs of a program that is killed are gone on with by the next, under the same idempotency key', async () => {
  const first = fork(program, [server.url, dir, namespace(), order], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  processes.push(first);
  const [{ run, idempotencyKey }] = (await once(first, 'message')) as [
    { run: string; idempotencyKey: string },
  ];
  first.kill('SIGKILL');
  await once(first, 'exit');
  const keys: string[] = [];
  const reserved: string[] = [];
  const engine = await opened({
    actions: {
      'orders.reserve': { run: (_input, context) => void reserved.push(context.run) },
      'orders.ship': {
        run: (_input, context) => {
          keys.push(context.idempotencyKey);
          return { by: 'second' };
        },
      },
    },
  });

  expect(await engine.run(run).result()).toEqual({ by: 'second' });
  expect(keys).toEqual([idempotencyKey]);
  expect(reserved).toEqual([]);
});

test('beside an engine of workflow serve each run is carried out once, by one of both', async () => {
  const file = join(dir, 'attempts.txt');
  await serving();
  const engine = await opened({ definitions: [written] });
  const runs = await Promise.all(
    Array.from({ length: 24 }, (_, at) => engine.start('written', { file }, { idempotencyKey: `${at}` })),
  );
  await Promise.all(runs.map((run) => run.result()));
  const lines = (await readFile(file, 'utf8')).trim().split('\n');

  expect(new Set(lines)).toEqual(new Set(runs.flatMap(({ id }) => [`${id}/first/1`, `${id}/last/1`])));
  expect(lines).toHaveLength(48);
});

test('an engine without the action says so, and what only one program can do is done by its worker', async () => {
  await serving();
  const reserve = { run: () => ({ by: 'program' }) };
  const engine = await opened({ actions: { 'orders.reserve': reserve, 'orders.ship': reserve } });
  const worker = createWorker({
    ...{ url: server.url, namespace: namespace(), agent: 'COUNTER', capacity: 8, drainOnSignalMs: false },
    handlers: () => ({ by: 'program' }),
  });
  await worker.ready;
  const outcomes: unknown[] = [];
  const startKeyed = async (definition: string, input: Readonly<Record<string, string>>) => {
    const run = await engine.start(definition, input, { idempotencyKey: `${outcomes.length}` });
    outcomes.push(await run.result().catch((error: unknown) => error));
    return outcomes;
  };
  // The keys decide whose the runs are, once each engine has its share.
  await expect.poll(() => startKeyed(order, { order: 'A-1' }), soon).toContainEqual(unknownAction);
  await expect.poll(() => startKeyed(order, { order: 'A-1' }), soon).toContainEqual({ by: 'program' });
  const own = await engine.start(order, { order: 'A-2' });
  const byAgent = await Promise.all(
    Array.from({ length: 16 }, () => engine.start(given, {}, { wait: true })),
  );
  const results = await Promise.all(byAgent.map((run) => run.result()));
  await worker.stop();

  expect(await own.result()).toEqual({ by: 'program' });
  expect(results).toEqual(byAgent.map(() => ({ by: 'program' })));
});

const soon = { timeout: 30_000, interval: 10 };
const unknownAction = expect.objectContaining({
  code: 'action.unknown',
  message: expect.stringContaining('there is no action "orders.reserve" in this engine'),
});

/** A `workflow serve` of the same namespace, once it is ready. */
async function serving(): Promise<void> {
  const served = spawn(process.execPath, [builtCli, 'serve', '--no-http'], {
    cwd: dir,
    env: { ...process.env, NATS_URL: server.url, WORKFLOW_NAMESPACE: namespace() },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  processes.push(served);
  let said = '';
  served.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await expect.poll(() => said, { timeout: 20_000, interval: 20 }).toContain('engine ready');
}
