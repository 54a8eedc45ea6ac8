// Run control by the built command line against a real server: each command is a process of its own, and what one
// changed the next finds. Method: exit codes and JSON documents.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, type Finished, runProgram, smallStation } from './station.ts';

let server: TestServer;
let station: string;

beforeAll(async () => {
  server = await startTestServer();
  station = await smallStation();
  await writeFile(join(station, 'definitions', 'pay-order.yaml'), payOrder);
  await writeFile(join(station, 'definitions', 'ship-order.yaml'), shipOrder);
  await writeFile(join(station, 'definitions', 'pay-orders.yaml'), payOrders);
});
afterAll(async () => {
  await server.stop();
  await rm(station, { recursive: true, force: true });
});

/** Fails while its file is not there. */
const payOrder = `
workflow:
  id: pay-order
  version: 1
  input: { required: [file] }
  tasks:
    - { id: book, type: NOOP }
    - { id: pay, timeout: 1m, depends_on: book, run: { command: [test, -f, '\${workflow.input.file}'] } }
    - { id: checked, type: WAIT, depends_on: pay }
    - { id: shipped, type: WAIT, depends_on: checked, signal: shipped }
`;
/** Undoes what it did, when it is cancelled. */
const shipOrder = payOrder
  .replace('id: pay-order', 'id: ship-order')
  .replace(
    '{ id: book, type: NOOP }',
    '{ id: book, type: NOOP, compensate: unbook }\n    - { id: unbook, type: NOOP }',
  );
/** Starts the last one for each file, and waits for all. */
const payOrders = `
workflow:
  id: pay-orders
  version: 1
  input: { required: [files] }
  tasks:
    - { id: each, type: FORK, for_each: '\${workflow.input.files}', as: file, workflow: ship-order }
`;

test('a run that failed is a dead letter until it is retried, goes on by a signal and is exact', async () => {
  const failed = await cli('start', 'pay-order', '--file', 'paid', '--json');
  expect(failed.code).toBe(1);
  const { run } = JSON.parse(failed.stdout);
  expect(JSON.parse((await cli('dead-letters', '--json')).stdout)).toMatchObject({
    items: [{ run, task: 'pay' }],
  });

  const other = await cli('fork', run, '--at', '1', '--input', 'file=files/README.md', '--json');
  expect(other.code).toBe(6);
  expect(JSON.parse(other.stdout)).toMatchObject({ forkedFrom: { run, at: 1 } });
  expect((await cli('complete', JSON.parse(other.stdout).run, 'checked', '--detach')).code).toBe(0);
  expect((await cli('signal', JSON.parse(other.stdout).run, 'shipped')).code).toBe(0);

  await writeFile(join(station, 'paid'), '');
  expect((await cli('dead-letters', 'retry', run)).code).toBe(6);
  expect((await cli('signal', run, 'shipped', '--data', '{"by":"sea"}', '--detach')).code).toBe(0);
  expect(await cli('complete', run, 'checked')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('✓ completed'),
  });
  expect((await cli('replay', '--all')).code).toBe(0);
}, 120_000);

test('the runs that a run starts are found by what they are, and end with it', async () => {
  await writeFile(join(station, 'in.json'), '{"files":["files/README.md","files/LICENSE"]}');
  const engine = spawn(process.execPath, [builtCli, 'serve'], {
    cwd: station,
    env: environment(),
    stdio: 'ignore',
  });
  const over = once(engine, 'close');
  const started = await cli('start', 'pay-orders', '--input', 'in.json', '--detach');
  expect(started.code).toBe(0);
  const where = 'definition=ship-order active=checked';
  while ((await found(where)).total < 2) expect(engine.exitCode).toBeNull();
  const dry = await cli('cancel', '--where', where, '--dry-run', '--json');
  expect(JSON.parse(dry.stdout)).toMatchObject({ total: 2 });
  expect((await cli('cancel', '--where', where, '--expect-count', '3')).code).toBe(5);

  const parent = started.stdout.trim();
  expect((await cli('cancel', parent, '--yes')).code).toBe(0);
  const children = await found('definition=ship-order status=TERMINATED');
  expect(children.total).toBe(2);
  const view = JSON.parse((await cli('show', children.items[0].run, '--json')).stdout);
  expect(view).toMatchObject({ parent, undoing: { done: ['unbook'] } });
  engine.kill();
  await over;
  expect((await cli('replay', '--all')).code).toBe(0);
}, 120_000);

async function found(where: string) {
  return JSON.parse((await cli('list', '--where', where, '--json')).stdout);
}

function cli(...args: readonly string[]): Promise<Finished> {
  return runProgram(builtCli, args, { cwd: station, env: environment() });
}

function environment(): Readonly<Record<string, string>> {
  return { ...(process.env as Record<string, string>), NATS_URL: server.url, LANG: 'C.UTF-8' };
}
