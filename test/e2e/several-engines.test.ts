// Several engines on one server: they share the shards, follow each other, and nobody who asks needs to know. Method:
// real `workflow serve` processes of the built program, with leases of 3 s and blind to each other's processes, runs
// with a line in a file for every attempt, and SIGKILL, SIGTERM and SIGSTOP in the middle.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { FactMembers } from '../../events/catalogue.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { newRunId } from '../../src/compose/session/open-session.ts';
import { createWorkflows } from '../../src/engine/workflows.ts';
import type { Workflows } from '../../src/ports/runs/workflows.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { partsOf } from '../support/stream-parts.ts';
import { builtCli, runProgram } from './station.ts';

const sharingEngine = fileURLToPath(new URL('./sharing-engine.mjs', import.meta.url));
const leaseTtlMs = 3_000;
/**
 * A paused engine is still connected, so that the server hands it every second question for the shards it had; each is
 * asked again after 5 s. How often in a row that happens is chance.
 */
const settledWithinMs = 75_000;

/** An attempt that is recorded, a child run, a wait, a retry that fails twice, an approval, a slow attempt. */
const spread = `
workflow:
  id: spread
  version: 1
  input: { required: [file] }
  tasks:
    - { id: first, run: { shell: sh, command: ['echo "$WORKFLOW_ATTEMPT_KEY" >> "$1"', '\${workflow.input.file}'] } }
    - { id: nap, type: WAIT, duration: 3s, depends_on: first }
    - { id: call, type: SUB_WORKFLOW, workflow: slow, depends_on: nap, input: { file: '\${workflow.input.file}' } }
    - id: tried
      depends_on: nap
      retry_policy: { max_attempts: 3, initial_delay: 1s, backoff: fixed }
      run: { shell: sh, command: ['echo "$WORKFLOW_ATTEMPT_KEY" >> "$1"; test "$WORKFLOW_ATTEMPT" = 3', '\${workflow.input.file}'] }
    - { id: ask, type: HUMAN, wait_for_approval: true, depends_on: [call, tried] }
    - { id: last, depends_on: ask, run: { shell: sh, command: ['echo "$WORKFLOW_ATTEMPT_KEY" >> "$1"', '\${workflow.input.file}'] } }
`;
const slow = `
workflow:
  id: slow
  version: 1
  input: { required: [file] }
  tasks:
    - { id: rest, run: { shell: sh, command: ['echo "$WORKFLOW_ATTEMPT_KEY" >> "$1"; sleep 1', '\${workflow.input.file}'] } }
`;

let server: TestServer;
let folder: string;
let worlds = 0;
let namespace: string;
let stream: JetStreamHandle;
let workflows: Workflows;
const engines = new Set<ChildProcess>();

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'workflow-engines-'));
  await mkdir(join(folder, 'definitions'));
  await writeFile(join(folder, 'definitions', 'spread.yaml'), spread);
  await writeFile(join(folder, 'definitions', 'slow.yaml'), slow);
});
beforeEach(async () => {
  worlds += 1;
  namespace = `engines-${worlds}`;
  stream = await connectJetStream({ url: server.url, namespace });
  workflows = createWorkflows({ ...partsOf(stream), newRunId, answerTimeoutMs: 15_000 });
});
afterEach(async () => {
  for (const engine of engines) {
    engine.kill('SIGCONT');
    if (engine.exitCode === null && engine.kill('SIGKILL')) await once(engine, 'close');
  }
  engines.clear();
  await stream.close();
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

test('an engine that is killed is followed within the time to live of its leases and a second', async () => {
  const one = await serve();
  const two = await serve();
  await shares([32, 32]);
  const file = effectsFile();
  const runs = await startRuns('spread', 12, file);
  await expect.poll(async () => (await lines(file)).length, { timeout: 20_000 }).toBeGreaterThan(11);

  one.kill('SIGKILL');
  const killedAt = performance.now();
  const told = cli('pause', runs[0] ?? '');
  await shares([64], 60);
  expect(performance.now() - killedAt).toBeLessThan(leaseTtlMs + 1_000);
  expect((await told).code).toBe(0);
  expect((await cli('resume', runs[0] ?? '', '--detach')).code).toBe(0);

  await reach(runs, 'ask');
  await approve(runs);
  await complete(runs);
  expect(two.exitCode).toBeNull();
  await expectEachRecordedOnce(file);
}, 120_000);

test('an engine that is stopped lets what is under way end, and no attempt is carried out twice', async () => {
  const one = await serve();
  await serve();
  await shares([32, 32]);
  const file = effectsFile();
  const runs = await startRuns('slow', 24, file);
  await expect.poll(async () => (await lines(file)).length, { timeout: 20_000 }).toBeGreaterThan(11);
  one.kill('SIGTERM');
  const [code] = await once(one, 'close');

  expect(code).toBe(0);
  await complete(runs);
  const carriedOut = await lines(file);
  expect(carriedOut.length).toBe(24);
  expect(new Set(carriedOut).size).toBe(24);
  await shares([64]);
}, 120_000);

test('a second signal stops an engine at once, and another carries out again what was under way', async () => {
  const one = await serve('--drain', '60s');
  const file = effectsFile();
  const [run = ''] = await startRuns('slow', 1, file);
  await expect.poll(async () => (await lines(file)).length, { timeout: 20_000 }).toBe(1);
  one.kill('SIGTERM');
  await expect.poll(() => said(one)).toContain('stopping');
  one.kill('SIGTERM');
  const [code] = await once(one, 'close');
  expect(code).toBe(130);
  await serve();

  await complete([run]);
  expect(await lines(file)).toEqual([`${run}/rest/1`, `${run}/rest/1`]);
}, 120_000);

test('an engine that was paused for longer than its leases last lets go, and nothing is recorded twice', async () => {
  const one = await serve();
  await serve();
  await shares([32, 32]);
  const file = effectsFile();
  const runs = await startRuns('spread', 12, file);
  await expect.poll(async () => (await lines(file)).length, { timeout: 20_000 }).toBeGreaterThan(11);
  one.kill('SIGSTOP');
  await shares([64]);
  await reach(runs, 'ask');
  one.kill('SIGCONT');
  await shares([32, 32]);

  await approve(runs);
  await complete(runs);
  await expectEachRecordedOnce(file);
}, 200_000);

const outputs = new WeakMap<ChildProcess, string>();
const said = (engine: ChildProcess): string => outputs.get(engine) ?? '';

/** Starts an engine and waits until it is ready. */
async function serve(...args: readonly string[]): Promise<ChildProcess> {
  const engine = spawn(process.execPath, [sharingEngine, 'serve', ...args], {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  engines.add(engine);
  engine.stderr?.setEncoding('utf8').on('data', (text: string) => outputs.set(engine, said(engine) + text));
  await expect.poll(() => said(engine), { timeout: 20_000 }).toContain('engine ready');

  return engine;
}

/** Waits until the shards are shared like this. */
async function shares(counts: readonly number[], interval = 100): Promise<void> {
  const read = async () => {
    const perNode = new Map<string, number>();
    for (const [key, { node }] of await stream.leases.holders()) {
      if (key.startsWith('shard.')) perNode.set(node, (perNode.get(node) ?? 0) + 1);
    }
    return [...perNode.values()].sort();
  };
  await expect.poll(read, { timeout: 20_000, interval }).toEqual(counts);
}

async function startRuns(name: string, count: number, file: string): Promise<readonly string[]> {
  const load = (content: string) => {
    const result = loadDefinition({ file: `${name}.yaml`, content });
    if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
    return result.loaded;
  };
  const definition = load(name === 'slow' ? slow : spread);
  const alongside = [{ definition: load(slow), file: 'slow.yaml' }];
  const answers = await Promise.all(
    Array.from({ length: count }, () =>
      workflows.start({ definition, file: `${name}.yaml`, alongside, input: { file }, actor: 'test' }),
    ),
  );

  return answers.map((answer) => {
    if (!answer.ok) throw new Error(answer.refusal.message);
    return answer.run;
  });
}

/** Waits until every run is at this task. */
async function reach(runs: readonly string[], task: string): Promise<void> {
  for (const run of runs) {
    const at = async () => (await workflows.view(run)).waitsFor.map((wait) => wait.task);
    await expect.poll(at, { timeout: settledWithinMs }).toContain(task);
  }
}

async function approve(runs: readonly string[]): Promise<void> {
  const answers = await Promise.all(
    runs.map((run) => workflows.command(run, { kind: 'approve', task: 'ask', by: 'ana' }, 'ana')),
  );
  expect(answers.filter(({ ok }) => !ok)).toEqual([]);
}

async function complete(runs: readonly string[]): Promise<void> {
  for (const run of runs) {
    const status = async () => (await workflows.view(run)).state.status;
    await expect.poll(status, { timeout: settledWithinMs }).toBe('COMPLETED');
    expect((await workflows.replay(run)).differences).toEqual([]);
  }
}

/** Whatever was carried out twice, because its engine died with it, is recorded once. */
async function expectEachRecordedOnce(file: string): Promise<void> {
  const recorded: string[] = [];
  for (const { run } of await workflows.list()) {
    for await (const entry of workflows.history(run)) {
      if (!('record' in entry) || !/^task\.(completed|failed)$/.test(entry.record.type)) continue;
      const { task, attempt }: FactMembers = entry.record.data.fact;
      recorded.push(`${run}/${String(task)}/${String(attempt)}`);
    }
  }
  expect(recorded.filter((key, index) => recorded.indexOf(key) !== index)).toEqual([]);
  expect(recorded).toEqual(expect.arrayContaining([...new Set(await lines(file))]));
}

function effectsFile(): string {
  return join(folder, `${namespace}.txt`);
}

async function lines(file: string): Promise<readonly string[]> {
  return (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
}

function cli(...args: readonly string[]) {
  return runProgram(builtCli, args, { cwd: folder, env: environment() });
}

function environment() {
  return {
    ...(process.env as Record<string, string>),
    NATS_URL: server.url,
    WORKFLOW_NAMESPACE: namespace,
    LEASE_TTL_MS: String(leaseTtlMs),
    LANG: 'C.UTF-8',
  };
}
