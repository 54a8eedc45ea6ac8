// A client in a program of one's own: all that it can ask is the same over NATS and over HTTP, and the documents are
// those of the command line. Method: one engine of `workflow serve` on a real server, and a client of each kind.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../../src/compose/embedding/client.ts';
import type { connect as Connect } from '../../src/compose/embedding/connect.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { type ServedEngine, servedEngine } from './served-api.ts';
import { builtCli, runProgram } from './station.ts';

const large = 'x'.repeat(300_000);
const echo = `
workflow:
  id: echo
  version: 1
  input: { required: [name, padding] }
  output: { text: '\${say.output.text}', padding: '\${say.output.padding}' }
  tasks:
    - { id: say, type: TRANSFORM, output: { text: "\${'Hello ' + workflow.input.name}", padding: '\${workflow.input.padding}' } }
`;
const asking = {
  workflow: {
    id: 'asking',
    version: 1,
    output: ['answer'],
    tasks: [
      { id: 'wait', type: 'WAIT', signal: 'answered' },
      { id: 'read', type: 'TRANSFORM', depends_on: 'wait', output: { answer: '${wait.output.data}' } },
    ],
  },
};

const named = `
workflow:
  id: named
  version: 1
  input: { required: [padding] }
  output: [text, padding]
  tasks:
    - { id: say, type: TRANSFORM, output: { text: "\${'Hello'}", padding: '\${workflow.input.padding}' } }
`;

const built = new URL('../../dist/lib/index.js', import.meta.url).href;

let connect: typeof Connect;
let server: TestServer;
let dir: string;
let engine: ServedEngine;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  ({ connect } = await import(built));
  server = await startTestServer();
  dir = await mkdtemp(join(tmpdir(), 'workflow-client-'));
  env = { NATS_URL: server.url, WORKFLOW_NAMESPACE: 'client', WORKFLOW_USER: 'tester' };
  engine = await servedEngine({ cwd: dir, env });
  await engine.start();
});
afterAll(async () => {
  await engine.stop();
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

const cli = async (...args: readonly string[]) =>
  JSON.parse((await runProgram(builtCli, [...args, '--json'], { cwd: dir, env })).stdout);

const kinds: readonly (readonly [string, () => Promise<Client>])[] = [
  ['NATS', () => connect({ url: server.url, dir, namespace: 'client', actor: 'tester' })],
  ['HTTP', () => connect({ http: engine.url, dir })],
];

describe.each(kinds)('over %s', (kind, connecting) => {
  let client: Client;
  beforeAll(async () => {
    client = await connecting();
  });
  afterAll(() => client.close());

  test('a run of a text gives its output, however large, and its document is that of the command line', async () => {
    const run = await client.start(echo, { name: 'Ada', padding: large }, { wait: true });
    expect(await run.result()).toEqual({ text: 'Hello Ada', padding: large });

    const byName = await client.start(named, { padding: large }, { wait: true });
    expect(await byName.result()).toEqual({ text: 'Hello', padding: large });
    const { apiVersion: _version, kind: _kind, ...shown } = await cli('show', run.id);
    expect(await run.status()).toEqual(shown);
  });

  test('the same start with the same key is one run, by the id of its definition', async () => {
    await client.start(echo, { name: 'Ada', padding: '' }, { wait: true });
    const options = { idempotencyKey: `once-${kind}` };
    const [first, second] = [
      await client.start('echo@1', { name: 'Ada', padding: '' }, options),
      await client.start('echo', { name: 'Ada', padding: '' }, options),
    ];

    expect(second.id).toBe(first.id);
    await expect(client.start('echo', { name: 'Bob', padding: '' }, options)).rejects.toMatchObject({
      code: 'run.key-taken',
    });
  });

  test('a run is watched from its first event to its last, told an answer, and found by a list and a question', async () => {
    const run = await client.start(asking);
    const seen = [];
    for await (const event of run.watch()) {
      seen.push(event);
      if (event.type === 'run.started') await run.signal('answered', { yes: true });
    }

    expect(seen).toEqual((await cli('history', run.id)).events);
    expect(await run.result()).toEqual({ answer: { yes: true } });
    const { items } = await client.list({ where: 'definition=asking', status: 'COMPLETED' });
    expect(items.map((line) => line.run)).toContain(run.id);
    const { rows } = await client.query(`select status from runs where run = '${run.id}'`);
    expect(rows).toEqual([['COMPLETED']]);
  });

  test('who no longer wants to watch stops', async () => {
    const run = await client.start(asking);
    const enough = new AbortController();
    const types = [];
    for await (const { type } of run.watch(enough.signal)) {
      types.push(type);
      if (type === 'run.started') enough.abort();
    }

    expect(types.at(-1)).toBeDefined();
    await run.cancel('enough');
  });

  test('a run that is cancelled has no result, and says why', async () => {
    const run = await client.start(asking);
    const result = run.result();
    await run.cancel('nobody asks any more');

    await expect(result).rejects.toMatchObject({
      ...{ name: 'RunNotCompleted', run: run.id, status: 'TERMINATED', code: 'run.terminated' },
      message: expect.stringContaining('nobody asks any more'),
    });
  });

  test('anything else is asked by its name', async () => {
    const { items } = await client.ask('definitions.list', {});
    expect(items.map(({ id }) => id)).toContain('asking');
  });

  test.each([
    ['definition.not-found', () => client.start('nosuch')],
    ['input.missing', () => client.start(echo, {})],
    ['definition.invalid', () => client.start('workflow: {id: broken}\n')],
    ['run.not-found', () => client.run('nosuch').result()],
    ['run.not-found', () => client.run('nosuch').signal('x')],
    ['http.invalid', () => client.list({ limit: -1 })],
  ])('what is refused has the code %s', async (code, asked) => {
    await expect(asked()).rejects.toMatchObject({ code });
  });

  test('whoever waits when the client is closed is told, and whoever asks later', async () => {
    const other = await connecting();
    const run = await other.start(asking);
    const result = run.result();
    await other.close();

    await expect(result).rejects.toMatchObject({ code: 'client.closed' });
    await expect(run.status()).rejects.toMatchObject({ code: 'client.closed' });
    await client.run(run.id).cancel();
  });
});

test('over HTTP a result is waited for while the engine is away', async () => {
  const client = await connect({ http: engine.url, dir });
  const run = await client.start(asking);
  const result = run.result();
  await engine.kill9();
  await engine.start();
  await run.signal('answered', 'late');

  expect(await result).toEqual({ answer: 'late' });
  await client.close();
});

test('where nothing answers, or the token is wrong, connecting says so', async () => {
  await expect(connect({ http: 'http://127.0.0.1:9' })).rejects.toMatchObject({
    code: 'server.unreachable',
    message: expect.stringContaining('http://127.0.0.1:9'),
  });
  await expect(connect({ http: engine.url, token: 'wrong' })).rejects.toMatchObject({
    code: 'http.token',
  });
});
