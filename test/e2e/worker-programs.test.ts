// Whoever speaks the protocol is a worker: the one of the package, the reference in Python, and a command. Method: each
// as a process of its own on a real server, against an engine whose every answer the test gives.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import {
  openScriptedEngine,
  type ScriptedEngine,
  startWorker,
  type WorkerProcess,
  workerPrograms,
} from './worker-programs.ts';

let server: TestServer;
let engine: ScriptedEngine;
let folder: string;
const started: WorkerProcess[] = [];

beforeAll(async () => {
  server = await startTestServer();
  engine = await openScriptedEngine(server.url);
  folder = await mkdtemp(join(tmpdir(), 'workflow-workers-'));
});
afterEach(async () => {
  engine.answer(() => ({ ok: true, heartbeatMs: 300 }));
  for (const { child, stop } of started.splice(0)) {
    await stop();
    engine.killed(child.pid);
  }
});
afterAll(async () => {
  await engine.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const soon = { timeout: 15_000, interval: 20 };
const hasPython = spawnSync('python3', ['--version']).status === 0;
const missing = hasPython ? '' : ' (skipped: python3 is not on this machine)';
/** A command can say how it failed by its exit code alone. */
const refusals: Readonly<Record<string, object>> = {
  javascript: { code: 'paint.dry', message: 'no paint', retryable: false, details: { left: 0 } },
  python: { code: 'paint.dry', message: 'no paint', retryable: false, details: { left: 0 } },
  command: { code: 'command.exit', message: 'sh exited with code 3 saying: no paint', retryable: true },
};

describe.each(['javascript', 'command'])('a worker in %s', suite);
describe.skipIf(!hasPython)(`a worker in python${missing}`, () => {
  suite('python');

  test('reports what its handler did, however unfit that is for a report', async () => {
    started.push(await startWorker(workerPrograms['python']?.('CARELESS') ?? [], { NATS_URL: server.url }));
    for (const what of ['refuse unfit', 'exit', 'say nonsense'])
      await engine.offer('CARELESS', what, { do: what });
    for (const what of ['refuse unfit', 'exit'])
      await expect.poll(() => engine.kinds(what), soon).toEqual(['start', 'fail']);
    await expect.poll(() => engine.kinds('say nonsense'), soon).toContain('complete');

    const { details: _, ...refusal } = refusals['python'] as { readonly details: object };
    expect(engine.turns('refuse unfit')[1]).toMatchObject({ error: refusal });
    expect(engine.turns('exit')[1]).toMatchObject({
      error: { code: 'worker.error', message: 'SystemExit: 3', retryable: true },
    });
    const said = engine
      .of('say nonsense')
      .flatMap((report) => ('progress' in report ? [report.progress] : []));
    expect(said).toContainEqual({ message: '7' });
    expect(said).toContainEqual({ percent: 100, message: '\u{1F58C}'.repeat(250) });
  });
});

test('the example in shell is a command that a worker can run', () => {
  const greet = (input: string) => {
    const path = fileURLToPath(new URL('../../examples/workers/worker.sh', import.meta.url));
    const env = { ...process.env, WORKFLOW_ATTEMPT: '1', WORKFLOW_TASK: 'greet' };

    return spawnSync('sh', [path], { input, env, encoding: 'utf8' });
  };

  expect(JSON.parse(greet('{"name":"Ada"}').stdout)).toEqual({
    greeting: 'hello Ada',
    by: 'attempt 1 of greet',
  });
  expect(greet('{}')).toMatchObject({ status: 1, stderr: expect.stringContaining('no name') });
});

function suite(kind: string): void {
  // A dot and a blank: names of agents are not parts of subjects as they are.
  const agent = `${kind.toUpperCase()}.THE PAINTER`;
  const begin = async (): Promise<WorkerProcess> => {
    const worker = await startWorker(workerPrograms[kind]?.(agent) ?? [], { NATS_URL: server.url });
    started.push(worker);
    await expect.poll(worker.said, soon).toContain(`worker of ${agent} ready`);

    return worker;
  };
  const task = (name: string): string => `${name}-${kind}`;
  const file = (name: string): string => join(folder, task(name));

  test('carries out what was offered before it came and after, and says who it is', async () => {
    await engine.offer(agent, task('before'), { do: 'echo', value: 'ä' });
    await begin();
    await engine.offer(agent, task('after'), { do: 'echo' });
    for (const name of ['before', 'after'])
      await expect.poll(() => engine.kinds(task(name)), soon).toEqual(['start', 'complete']);

    expect(engine.turns(task('before'))).toMatchObject([
      { kind: 'start', token: `token-${task('before')}`, attempt: 1 },
      { kind: 'complete', output: { key: `run-1/${task('before')}/1`, echo: { do: 'echo', value: 'ä' } } },
    ]);
    expect(engine.hellos.findLast((hello) => hello.agent === agent)).toMatchObject({
      ...{ language: kind, capacity: 2, leaving: false, worker: engine.of(task('before'))[0]?.worker },
    });
  });

  test('keeps no place for items of runs that no engine works on', async () => {
    for (const name of ['left', 'left too', 'left as well']) await engine.offerUnowned(agent, task(name));
    await begin();
    await engine.offer(agent, task('attended'), { do: 'echo' });
    await expect.poll(() => engine.kinds(task('attended')), soon).toContain('complete');
  });

  test('reports a failure with its code, and an unforeseen one as one that may pass', async () => {
    await begin();
    await engine.offer(agent, task('refuse'), { do: 'refuse' });
    await engine.offer(agent, task('crash'), { do: kind === 'command' ? 'refuse' : 'crash' });
    await expect.poll(() => engine.kinds(task('refuse')), soon).toEqual(['start', 'fail']);
    await expect.poll(() => engine.kinds(task('crash')), soon).toEqual(['start', 'fail']);

    expect(engine.turns(task('refuse'))[1]).toMatchObject({ error: refusals[kind] });
    expect(engine.turns(task('crash'))[1]).toMatchObject({ error: { retryable: true } });
  });

  test('says that it is alive and how far it is, and stops when the attempt is over', async () => {
    await begin();
    await engine.offer(agent, task('wait'), { do: 'wait', file: file('told') });
    await expect
      .poll(() => engine.of(task('wait')), soon)
      .toContainEqual(
        expect.objectContaining({
          kind: 'heartbeat',
          progress: expect.objectContaining({ message: 'half way' }),
        }),
      );
    await engine.withdraw(agent, task('wait'));
    await expect.poll(() => existsSync(file('told')), soon).toBe(true);

    await engine.offer(agent, task('next'), { do: 'echo' });
    await expect.poll(() => engine.kinds(task('next')), soon).toEqual(['start', 'complete']);
    expect(engine.kinds(task('wait'))).toEqual(['start']);
  });

  test('begins nothing that it is told to drop, and asks again when it is told to wait', async () => {
    await begin();
    const denied = { ok: false, code: 'task.other-worker', message: 'not now', next: 'drop' } as const;
    engine.answer((report) => {
      if (report.task === task('over')) return denied;
      const asked = engine.turns(task('later')).length;
      return asked < 3 ? { ...denied, next: 'wait', retryAfterMs: 50 } : { ok: true };
    });
    await engine.offer(agent, task('over'), { do: 'echo' });
    await engine.offer(agent, task('later'), { do: 'echo' });
    await expect
      .poll(() => engine.kinds(task('later')), soon)
      .toEqual(['start', 'start', 'start', 'complete']);

    expect(engine.kinds(task('over'))).toEqual(['start']);
  });

  test('tells its result until it is recorded, through the death of the server', async () => {
    const worker = await begin();
    await engine.offer(agent, task('slow'), { do: 'slow', file: file('go') });
    await expect.poll(() => engine.kinds(task('slow')), soon).toContain('start');
    let isAway = true;
    engine.answer(() => (isAway ? undefined : { ok: true }));
    await writeFile(file('go'), '');
    await expect.poll(() => engine.kinds(task('slow')), soon).toContain('complete');
    await server.kill9();
    await server.restart();
    isAway = false;

    await engine.offer(agent, task('last'), { do: 'echo' });
    await expect.poll(() => engine.kinds(task('last')), soon).toContain('complete');
    expect(new Set(engine.of(task('slow')).map(({ worker }) => worker)).size).toBe(1);
    expect(worker.child.exitCode).toBeNull();
  });

  test('told to end, it finishes what can be finished, gives the rest back and takes nothing more', async () => {
    const worker = await begin();
    await engine.offer(agent, task('ends'), { do: 'slow', file: file('end') });
    await engine.offer(agent, task('endless'), { do: 'wait', file: file('ended') });
    await expect.poll(() => engine.kinds(task('ends')), soon).toContain('start');
    await expect
      .poll(() => engine.of(task('endless')).map(({ kind: told }) => told), soon)
      .toContain('heartbeat');
    worker.child.kill('SIGTERM');
    await expect.poll(() => engine.hellos.at(-1), soon).toMatchObject({ leaving: true });
    await engine.offer(agent, task('late'), { do: 'echo' });
    await writeFile(file('end'), '');

    expect(await worker.ended).toBe(0);
    expect(engine.kinds(task('ends')).at(-1)).toBe('complete');
    expect(engine.kinds(task('endless')).at(-1)).toBe('release');
    expect(engine.kinds(task('late'))).toEqual([]);

    // What was given back goes to the next one at once, and before or after what came in the meantime.
    await begin();
    await expect.poll(() => engine.kinds(task('late')), soon).toEqual(['start', 'complete']);
    await expect
      .poll(() => engine.kinds(task('endless')).filter((told) => told === 'start'), soon)
      .toHaveLength(2);
  });
}
