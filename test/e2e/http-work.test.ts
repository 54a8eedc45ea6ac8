// Work over HTTP, for whoever has no client for NATS: the same laws as for other workers. Method: a real server, the
// built engine with its API, and workers as processes of their own (the examples in Python and shell) or as plain
// requests; then SIGKILL of the worker, the engine, or both, in the middle of tasks. What happened is in the journal.

import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { WorkItem } from '../../events/worker-protocol.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { newRunId } from '../../src/compose/session/open-session.ts';
import { createWorkflows } from '../../src/engine/workflows.ts';
import { connectJetStream } from '../../src/stores/jetstream/connect.ts';
import { createMortalProcess } from '../support/mortal-process.ts';
import { startTestServer } from '../support/nats.ts';
import { partsOf } from '../support/stream-parts.ts';
import { ownerHeaders } from './owner.ts';
import { servedEngine } from './served-api.ts';
import { isPythonThere, readCarriedOut } from './worker-processes.ts';

const worker = fileURLToPath(new URL('./noting-http-worker.py', import.meta.url));
const shellWorker = fileURLToPath(new URL('../../examples/workers/http-worker.sh', import.meta.url));
const isCurlThere = spawnSync('curl', ['--version']).status === 0;
const runsOfEach = 4;
const ends = ['before/1', 'gated/1', 'after/1'];
const relay = `
workflow:
  id: relay
  version: 1
  input: { required: [gate] }
  tasks:
    - { id: before, assigned_to: RELAY }
    - { id: gated, assigned_to: RELAY, depends_on: before, input: { gate: "\${workflow.input.gate}" } }
    - { id: after, assigned_to: RELAY, depends_on: gated }
`;

describe.skipIf(!isPythonThere)('a worker in Python over HTTP', () => {
  type Victim = 'worker' | 'engine' | 'server';
  const orders: readonly (readonly Victim[])[] = [
    ['worker'],
    ['engine'],
    ['server'],
    ['worker', 'engine'],
    ['engine', 'worker'],
    ['engine', 'server'],
  ];

  test.each(orders.map((order) => [order.join(', then the '), order] as const))(
    'all runs end right and once after SIGKILL of the %s in the middle of a task',
    async (_name, order) => {
      const place = await bringUp();
      const { server, engine, workflows, stream, effects, cwd, env } = place;
      const gate = join(cwd, 'gate');
      const agents = JSON.stringify([{ agent: 'RELAY', capacity: runsOfEach }]);
      const mortal = createMortalProcess({
        command: 'python3',
        args: [worker],
        cwd,
        env: { ...env, WORKFLOW_URL: engine.url, WORKFLOW_TOKEN: await tokenIn(cwd), AGENTS: agents },
        ready: 'worker of RELAY ready',
      });
      onTestFinished(() => mortal.kill9());
      await mortal.start();
      const runs = await Promise.all(
        Array.from({ length: runsOfEach }, () => place.startRun(relay, { gate })),
      );
      const begun = async () =>
        (await readFile(effects, 'utf8').catch(() => '')).split('/gated/1 ').length - 1;
      await expect.poll(begun, { timeout: 30_000 }).toBe(runs.length);

      const victims = { worker: mortal, engine, server: { kill9: server.kill9, start: server.restart } };
      for (const victim of order) await victims[victim].kill9();
      await Promise.all(order.map((victim) => victims[victim].start()));
      await writeFile(gate, '');

      for (const run of runs) {
        const status = async () => (await workflows.view(run).catch(() => undefined))?.state.status;
        await expect.poll(status, { timeout: 60_000, interval: 200 }).toBe('COMPLETED');
      }
      const carriedOut = await readCarriedOut(stream.journal, effects, mortal.killed);
      expect([...carriedOut.ends].sort()).toEqual(
        runs.flatMap((run) => ends.map((end) => `${run}/${end}`)).sort(),
      );
      expect(carriedOut.wrongs).toEqual([]);
      // What no worker died of is not begun again.
      const again = order.includes('worker') ? runs.map((run) => `${run}/gated/1`) : [];
      expect([...carriedOut.begunAgain].sort()).toEqual([...again].sort());
    },
    180_000,
  );
});

test.skipIf(!isCurlThere).each([
  ['{"greeting":"hello"}', 'COMPLETED', { output: { greeting: 'hello' } }],
  ['no json', 'FAILED', { error: { code: 'command.output' } }],
])(
  'a worker in shell takes a task, tells %s, and the run is %s',
  async (output, status, expected) => {
    const { engine, workflows, startRun, cwd } = await bringUp();
    const shell = createMortalProcess({
      command: 'sh',
      args: [shellWorker, 'GREETER', 'sh', '-c', `cat >/dev/null; echo '${output}'`],
      cwd,
      env: { WORKFLOW_URL: engine.url, WORKFLOW_TOKEN: await tokenIn(cwd) },
      ready: 'worker of GREETER ready',
    });
    onTestFinished(() => shell.kill9());
    await shell.start();
    // What stands in the input is not taken for the claim of the item.
    const claiming = greeting.replace('GREETER }', 'GREETER, input: { claim: mine } }');
    const run = await startRun(claiming, {});

    await expect.poll(async () => (await workflows.view(run)).state.status, { timeout: 30_000 }).toBe(status);
    expect((await workflows.view(run)).state.tasks['greet']).toMatchObject(expected);
  },
  60_000,
);

const greeting = `
workflow: { id: greeting, version: 1, tasks: [{ id: greet, assigned_to: GREETER }] }
`;
const patient = { timeout: 20_000, interval: 50 };

test('a claim is heard by another engine, however often the result is told', async () => {
  const place = await bringUp();
  const other = await servedEngine({ cwd: join(place.cwd, 'engine'), env: place.env });
  onTestFinished(() => other.kill9());
  await other.start();
  const run = await place.startRun(greeting, {});
  const taken = await place.engine.post('/api/v1/work/claim', {
    agent: 'GREETER',
    worker: 'w',
    waitMs: 20_000,
  });
  expect(taken.status).toBe(200);
  const { claim, item, heartbeatMs } = (await taken.json()) as Record<string, never>;
  expect(item).toMatchObject({ run, task: 'greet', attempt: 1 });
  expect(item).not.toHaveProperty('token');
  expect(heartbeatMs).toBeGreaterThan(0);

  await place.engine.kill9();
  expect((await other.post('/api/v1/work/heartbeat', { claim })).status).toBe(200);
  const output = { said: 'once' };
  for (const told of ['first', 'again']) {
    const answer = await other.post('/api/v1/work/complete', { claim, output });
    expect(answer.status, told).toBe(200);
    expect(await answer.json(), told).toEqual({ ok: true });
  }

  await expect.poll(async () => (await place.workflows.view(run)).state.status, patient).toBe('COMPLETED');
  expect((await place.workflows.view(run)).state.tasks['greet']?.output).toEqual(output);
  const late = await other.post('/api/v1/work/fail', { claim, error: { code: 'too.late', message: '' } });
  expect([late.status, ((await late.json()) as { code: string }).code]).toEqual([409, 'task.not-open']);
}, 60_000);

test('what a heartbeat says of how far the work has come comes with the next attempt', async () => {
  const { engine, startRun } = await bringUp();
  const retry = 'retry_policy: { max_attempts: 2, initial_delay: 0s }';
  await startRun(greeting.replace('GREETER }', `GREETER, ${retry} }`), {});
  const ask = async (path: string, body: object) => engine.post(`/api/v1/work/${path}`, body);
  const taken = async () =>
    (await (await ask('claim', { agent: 'GREETER', worker: 'w', waitMs: 20_000 })).json()) as {
      readonly claim: string;
      readonly item: WorkItem;
    };
  const { claim } = await taken();
  expect((await ask('heartbeat', { claim, details: { row: 100 } })).status).toBe(200);
  const wrong = await ask('heartbeat', { claim, details: 'x'.repeat(40_000) });
  expect([wrong.status, ((await wrong.json()) as { code: string }).code]).toEqual([400, 'report.details']);
  expect((await ask('heartbeat', { claim, progress: { percent: 'half' } })).status).toBe(400);
  const error = { code: 'disk.full', message: 'no room', retryable: true };
  expect((await ask('fail', { claim, error })).status).toBe(200);

  expect((await taken()).item).toMatchObject({ attempt: 2, lastDetails: { row: 100 } });
}, 60_000);

test('an item whose asker hangs up goes to the next one, and what is released at once', async () => {
  const { engine, startRun, workflows, cwd } = await bringUp();
  const hangUp = new AbortController();
  const asked = fetch(`${engine.url}/api/v1/work/claim`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await ownerHeaders(join(cwd, 'engine'))) },
    body: JSON.stringify({ agent: 'GREETER', worker: 'gone', waitMs: 50_000 }),
    signal: hangUp.signal,
  }).catch(() => 'hung up');
  await expect
    .poll(async () => (await engine.get('/api/v1/agents')).text(), patient)
    .toContain('"worker":"gone"');
  hangUp.abort();
  expect(await asked).toBe('hung up');
  const run = await startRun(greeting, {});
  const claim = async (worker: string) => {
    const answer = await engine.post('/api/v1/work/claim', { agent: 'GREETER', worker, waitMs: 20_000 });
    return ((await answer.json()) as { claim: string }).claim;
  };
  const first = await claim('one');
  expect((await engine.post('/api/v1/work/release', { claim: first, reason: 'not today' })).status).toBe(200);
  const second = await claim('two');
  const error = { code: 'paint.dry', message: 'no paint is left' };
  expect((await engine.post('/api/v1/work/fail', { claim: second, error })).status).toBe(200);

  await expect.poll(async () => (await workflows.view(run)).state.status, patient).toBe('FAILED');
  const { task } = { task: (await workflows.view(run)).state.tasks['greet'] };
  expect(task).toMatchObject({ attempt: 1, error: { code: 'paint.dry' } });
  expect(task?.deaths ?? 0).toBe(0);
  const other = await engine.post('/api/v1/work/complete', { claim: first, output: 1 });
  expect(other.status).toBe(409);
}, 60_000);

/** The token of the project's owner, for programs that take it from their environment. */
async function tokenIn(cwd: string): Promise<string> {
  return (await ownerHeaders(join(cwd, 'engine'))).authorization.replace('Bearer ', '');
}

async function bringUp() {
  const cwd = await mkdtemp(join(tmpdir(), 'workflow-http-work-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  await mkdir(join(cwd, 'engine'));
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const stream = await connectJetStream({ url: server.url, namespace: 'http-work' });
  onTestFinished(() => stream.close());
  const effects = join(cwd, 'effects.txt');
  const env = { NATS_URL: server.url, WORKFLOW_NAMESPACE: 'http-work', EFFECTS: effects };
  const engine = await servedEngine({ cwd: join(cwd, 'engine'), env });
  onTestFinished(() => engine.kill9());
  await engine.start();
  const workflows = createWorkflows({ ...partsOf(stream), newRunId, answerTimeoutMs: 15_000 });

  async function startRun(content: string, input: Record<string, string>): Promise<string> {
    const loaded = loadDefinition({ file: 'a.yaml', content });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const answer = await workflows.start({ definition: loaded.loaded, file: 'a', input, actor: 'test' });
    if (!answer.ok) throw new Error(answer.refusal.message);

    return answer.run;
  }

  return { cwd, env, server, engine, workflows, stream, effects, startRun };
}
