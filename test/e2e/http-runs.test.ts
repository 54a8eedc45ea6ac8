// A run's life by HTTP alone, against the built program: `workflow serve` in a project of its own with a real server.
// Method: fetch, as any program would; refusals have the codes of the command line.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { ownerHeaders } from './owner.ts';
import { builtCli, smallStation } from './station.ts';

const order = `
workflow:
  id: order
  version: 1
  input:
    required: [file]
    properties: { file: { type: string }, count: { type: integer, default: 1 } }
  tasks:
    - { id: book, type: NOOP }
    - { id: pay, timeout: 1m, depends_on: book, run: { command: [test, -f, '\${workflow.input.file}'] } }
    - { id: sign, type: HUMAN, wait_for_approval: true, depends_on: pay }
    - { id: shipped, type: WAIT, depends_on: sign, signal: shipped }
`;

/** Undoes what it did, when it is cancelled. */
const trip = order
  .replace('id: order', 'id: trip')
  .replace('type: NOOP }', 'type: NOOP, compensate: unbook }\n    - { id: unbook, type: NOOP }');

let server: TestServer;
let station: string;
let engine: ChildProcess;
let url = '';

beforeAll(async () => {
  server = await startTestServer();
  station = await smallStation();
  await writeFile(join(station, 'definitions', 'order.yaml'), order);
  await writeFile(join(station, 'definitions', 'trip.yaml'), trip);
  await writeFile(join(station, 'paid'), '');
  [engine, url] = await serve();
}, 60_000);

afterAll(async () => {
  await stopped(engine);
  await server.stop();
  await rm(station, { recursive: true, force: true });
}, 60_000);

async function serve(): Promise<readonly [ChildProcess, string]> {
  const args = [builtCli, 'serve', '--project', station, '--http', '127.0.0.1:0'];
  const child = spawn(process.execPath, args, {
    cwd: station,
    env: { ...process.env, NATS_URL: server.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const found = new Promise<string>((resolve, reject) => {
    const told: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        told.push(line);
        const at = /dashboard on (http:\/\/[^\s/]+)/.exec(line)?.[1];
        if (at !== undefined) resolve(at);
      });
    }
    child.once('exit', () => reject(new Error(`serve ended: ${told.join('\n')}`)));
  });

  return [child, await found];
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

// biome-ignore lint/suspicious/noExplicitAny: documents of many shapes, each compared by the test that asks for it.
type Answered = { readonly status: number; readonly body: any };

async function ask(path: string, body?: unknown): Promise<Answered> {
  const headers = await ownerHeaders(station);
  const init =
    body === undefined
      ? { headers }
      : {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
        };
  const response = await fetch(`${url}/api/v1${path}`, init);

  return { status: response.status, body: await response.json() };
}

const start = async (input: object, key?: string, definition = 'order'): Promise<string> => {
  const asked = { definition, input, ...(key === undefined ? {} : { idempotencyKey: key }) };
  const { status, body } = await ask('/runs', asked);
  expect({ status, body }).toMatchObject({ status: 201, body: { sequence: 1 } });
  return body.run;
};
const page = async (run: string) => (await ask(`/runs/${run}`)).body;
const becomes = (run: string, shown: string) =>
  expect.poll(async () => (await page(run)).shown, { timeout: 20_000, interval: 50 }).toBe(shown);
const command = (run: string, body: object) => ask(`/runs/${run}/commands`, body);

test('a run is started, followed, paused, resumed, approved and told what it waits for', async () => {
  const run = await start({ file: 'paid' });
  await becomes(run, 'NEEDS_APPROVAL');
  const { body } = await ask('/approvals');
  expect(body.items).toMatchObject([{ run, task: 'sign', mayAnswer: true }]);

  expect(await command(run, { kind: 'pauseRun', reason: 'lunch' })).toMatchObject({ status: 200 });
  expect(await command(run, { kind: 'pauseRun' })).toMatchObject({ status: 409 });
  await becomes(run, 'PAUSED');
  expect(await command(run, { kind: 'resumeRun' })).toMatchObject({ status: 200 });
  expect(await command(run, { kind: 'approve', task: 'sign', comment: 'fine' })).toMatchObject({
    status: 200,
  });
  expect(await command(run, { kind: 'approve', task: 'sign' })).toMatchObject({
    status: 409,
    body: { code: 'approval.settled' },
  });
  expect(await command(run, { kind: 'signal', name: 'shipped' })).toMatchObject({ status: 200 });
  await becomes(run, 'COMPLETED');
  expect(await command(run, { kind: 'pauseRun' })).toMatchObject({ body: { code: 'run.closed' } });
  expect((await ask(`/runs/${run.slice(0, 14)}?at=3`)).body).toMatchObject({
    run,
    isPast: true,
    sequence: 3,
  });
}, 60_000);

test('a run that failed is done again with edited input, and another goes on from an event of it', async () => {
  const run = await start({ file: 'missing' });
  await becomes(run, 'FAILED');
  expect((await page(run)).why[0]).toContain('pay failed');
  expect(await command(run, { kind: 'rerun', from: 'nothing' })).toMatchObject({
    body: { code: 'task.unknown' },
  });
  expect(await command(run, { kind: 'rerun', from: 'pay', input: { file: 'paid' } })).toMatchObject({
    status: 200,
  });
  await becomes(run, 'NEEDS_APPROVAL');
  expect((await page(run)).input).toEqual({ file: 'paid', count: 1 });

  const { status, body } = await ask(`/runs/${run}/fork`, { at: 1, input: { count: 2, file: 'paid' } });
  expect({ status, body }).toMatchObject({ status: 200 });
  await becomes(body.run, 'NEEDS_APPROVAL');
  expect((await page(body.run)).input).toEqual({ file: 'paid', count: 2 });
  expect((await page(run)).input).toEqual({ file: 'paid', count: 1 });
}, 60_000);

test('a start with a key is carried out once, through the death of the engine that took it', async () => {
  const run = await start({ file: 'paid' }, 'once');
  expect(await start({ file: 'paid' }, 'once')).toBe(run);
  const exit = once(engine, 'exit');
  engine.kill('SIGKILL');
  await exit;
  [engine, url] = await serve();
  expect(await start({ file: 'paid' }, 'once')).toBe(run);
  const taken = await ask('/runs', { definition: 'order', input: { file: 'b' }, idempotencyKey: 'once' });
  expect(taken).toMatchObject({ status: 409, body: { code: 'run.key-taken' } });
}, 90_000);

test('many runs are retried at once, and all is stopped in an emergency', async () => {
  const runs = await Promise.all(['a', 'b', 'c'].map((file) => start({ file })));
  for (const run of runs) await becomes(run, 'FAILED');
  await Promise.all(['a', 'b'].map((file) => writeFile(join(station, file), '')));
  const where = 'status=FAILED definition=order';
  const bulk = (more: object) => ask('/runs/bulk', { where, command: { kind: 'retryRun' }, ...more });
  await expect.poll(async () => (await bulk({ dryRun: true })).body.total).toBe(3);
  expect(await bulk({ expectCount: 7 })).toMatchObject({ status: 409, body: { code: 'runs.count-differs' } });
  expect((await bulk({ expectCount: 3 })).body).toMatchObject({ total: 3, changed: 3, refused: 0 });
  await becomes(runs[0] ?? '', 'NEEDS_APPROVAL');
  await becomes(runs[1] ?? '', 'NEEDS_APPROVAL');
  await becomes(runs[2] ?? '', 'FAILED');

  const booked = await start({ file: 'paid' }, undefined, 'trip');
  await becomes(booked, 'NEEDS_APPROVAL');
  const stop = (more: object) => ask('/emergency', { where: '*', action: 'cancel', reason: 'fire', ...more });
  await expect.poll(async () => (await ask('/runs?status=FAILED')).body.total).toBe(1);
  const dry = (await stop({ dryRun: true })).body;
  expect(dry.effect[0]).toContain('what they did is undone');
  expect((await stop({ expectCount: dry.total })).body).toMatchObject({ changed: dry.total, refused: 0 });
  for (const { run } of dry.items) await becomes(run, 'CANCELLED');
  const cancelled = await page(booked);
  expect(cancelled.tasks.find((row: { id: string }) => row.id === 'unbook')).toMatchObject({
    status: 'COMPLETED',
  });
  expect(await command(booked, { kind: 'retryRun' })).toMatchObject({
    status: 409,
    body: { code: 'run.compensated' },
  });
}, 90_000);

test('what is asked in the wrong way is refused with a code, and changes nothing', async () => {
  expect(await ask('/runs', { definition: 'order', input: { file: 1 } })).toMatchObject({
    status: 422,
    body: { code: 'input.mistyped', problems: [{ path: 'file' }] },
  });
  expect(await ask('/runs', { definition: 'order' })).toMatchObject({ body: { code: 'input.missing' } });
  expect(await ask('/runs', { definition: 'none' })).toMatchObject({
    status: 404,
    body: { code: 'definition.not-found' },
  });
  expect(await ask('/runs/nothing')).toMatchObject({ status: 404, body: { code: 'run.not-found' } });
  expect(await ask('/runs/0')).toMatchObject({ status: 400, body: { code: 'run.ambiguous' } });
  expect((await ask('/doctor')).body.lines).toContainEqual(
    expect.objectContaining({ name: 'node', status: 'ok' }),
  );
}, 60_000);
