// Tasks of agents are carried out outside of the engine, by workers in three languages. Method: a real engine, workers
// as processes of their own, and the commands that a person would give; what happened is in the journal.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { newRunId } from '../../src/compose/session/open-session.ts';
import { createWorkflows } from '../../src/engine/workflows.ts';
import type { Workflows } from '../../src/ports/runs/workflows.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { partsOf } from '../support/stream-parts.ts';
import { builtCli, runProgram } from './station.ts';
import { startWorker, type WorkerProcess, workerPrograms } from './worker-programs.ts';

let server: TestServer;
let folder: string;
let engine: WorkerProcess;
let stream: JetStreamHandle;
let workflows: Workflows;
const started: WorkerProcess[] = [];
const soon = { timeout: 20_000, interval: 50 };
const hasPython = spawnSync('python3', ['--version']).status === 0;
const missing = hasPython ? '' : ' (skipped: python3 is not on this machine)';

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'workflow-agents-'));
  await mkdir(join(folder, 'definitions'));
  stream = await connectJetStream({ url: server.url });
  workflows = createWorkflows({ ...partsOf(stream), newRunId, answerTimeoutMs: 15_000 });
  engine = await startWorker([process.execPath, builtCli, 'serve', '--project', folder], environment());
  await vi.waitFor(() => expect(engine.said()).toContain('engine ready'), soon);
});
afterEach(async () => {
  await Promise.all(started.splice(0).map(({ stop }) => stop()));
});
afterAll(async () => {
  await engine.stop();
  await stream.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

describe.each(['javascript', 'command'])('a worker in %s', suite);
describe.skipIf(!hasPython)(`a worker in python${missing}`, () => suite('python'));

function suite(kind: string): void {
  // One of its own for each test: an engine misses a worker that was killed only after a while.
  let agent = '';
  beforeEach(({ task }) => {
    agent = `${kind.toUpperCase()}.AGENT ${task.id}`;
  });
  const file = (name: string): string => join(folder, `${kind}-${name}`);
  const begin = async (): Promise<WorkerProcess> => {
    const worker = await startWorker(workerPrograms[kind]?.(agent) ?? [], environment());
    started.push(worker);
    await expect.poll(worker.said, soon).toContain(`worker of ${agent} ready`);

    return worker;
  };

  test('carries a task out, and its result is that of the task', async () => {
    const run = await start(agent, { do: 'echo', file: 'none' });
    await begin();
    await ends(run, 'COMPLETED');

    const { work } = (await workflows.view(run)).state.tasks;
    expect(work?.output).toEqual({ key: `${run}/work/1`, echo: { do: 'echo', file: 'none' } });
    expect(await factsOf(run, 'task.started')).toHaveLength(1);
  });

  test('fails, is tried again as the definition says, and the failure is in the journal', async () => {
    await begin();
    const run = await start(agent, { do: kind === 'command' ? 'refuse' : 'crash', file: 'none' });
    await ends(run, 'FAILED');

    const code = kind === 'command' ? 'command.exit' : 'worker.error';
    expect(await factsOf(run, 'task.failed')).toMatchObject([
      { attempt: 1, error: { code, retryable: true } },
      { attempt: 2, error: { code } },
    ]);
  });

  test('shows how far it is, and hears that its run was cancelled', async () => {
    await begin();
    const run = await start(agent, { do: 'wait', file: file('told') });
    await expect.poll(async () => (await cli('show', run)).stdout, soon).toContain('half way');
    expect(await cli('cancel', run, '--yes')).toMatchObject({ code: 0 });
    await expect.poll(() => existsSync(file('told')), soon).toBe(true);

    expect((await workflows.view(run)).state.status).toBe('TERMINATED');
  });

  test('told to end, it gives back what it cannot finish, and another one begins at once', async () => {
    const first = await begin();
    const run = await start(agent, { do: 'slow', file: file('go') });
    await expect.poll(() => factsOf(run, 'task.started'), soon).toHaveLength(1);
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    await writeFile(file('go'), '');
    await begin();
    await ends(run, 'COMPLETED');

    const starts = await factsOf(run, 'task.started');
    expect(starts.map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(new Set(starts.map(({ worker }) => worker)).size).toBe(2);
    // Nobody died: the attempt is the same, and none is counted as lost.
    expect(starts.filter(({ lost }) => lost !== undefined)).toEqual([]);
  });
}

async function start(agent: string, input: Readonly<Record<string, string>>): Promise<string> {
  const result = loadDefinition({ file: 'work.yaml', content: definition(agent) });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
  const answer = await workflows.start({
    definition: result.loaded,
    file: 'work.yaml',
    input,
    actor: 'test',
  });
  if (!answer.ok) throw new Error(answer.refusal.message);

  return answer.run;
}

function definition(agent: string): string {
  return `
workflow:
  id: work-${agent.toLowerCase().replace(/[^a-z0-9]+/g, '-')}
  version: 1
  input: { required: [do, file] }
  tasks:
    - id: work
      assigned_to: ${agent}
      retry_policy: { max_attempts: 2, initial_delay: 100ms, backoff: fixed }
      input: { do: '\${workflow.input.do}', file: '\${workflow.input.file}' }
`;
}

async function ends(run: string, status: string): Promise<void> {
  await expect.poll(async () => (await workflows.view(run)).state.status, soon).toBe(status);
  expect((await workflows.replay(run)).differences).toEqual([]);
}

async function factsOf(run: string, type: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const facts: Readonly<Record<string, unknown>>[] = [];
  for await (const entry of workflows.history(run)) {
    if ('record' in entry && entry.record.type === type) facts.push(entry.record.data.fact);
  }

  return facts;
}

function cli(...args: readonly string[]) {
  return runProgram(builtCli, args, { cwd: folder, env: environment() });
}

function environment(): Readonly<Record<string, string>> {
  return { NATS_URL: server.url, LANG: 'C.UTF-8' };
}
