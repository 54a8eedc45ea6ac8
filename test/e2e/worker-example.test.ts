// The workers of the examples, started as they stand there, and a worker whose command there is none of. Method:
// processes of their own on a real server, against an engine that is the test.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli } from './station.ts';
import { isPythonThere } from './worker-processes.ts';
import { openScriptedEngine, type ScriptedEngine, startWorker } from './worker-programs.ts';

const pathOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const pythonPath = pathOf('python/src');
const examples: Readonly<Record<string, readonly string[]>> = {
  javascript: [process.execPath, pathOf('examples/workers/worker.mjs')],
  ...(isPythonThere ? { python: ['python3', pathOf('examples/workers/worker.py')] } : {}),
};
const soon = { timeout: 15_000, interval: 20 };

let server: TestServer;
let engine: ScriptedEngine;

beforeAll(async () => {
  server = await startTestServer();
  engine = await openScriptedEngine(server.url);
});
afterAll(async () => {
  await engine.close();
  await server.stop();
});

test.each(Object.entries(examples))(
  'the example in %s greets whom the input names, and fails for good where there is no name',
  async (language, program) => {
    const [agent, ada, nobody] = [`GREETER-${language}`, `ada-${language}`, `nobody-${language}`];
    const worker = await startWorker([...program, agent], { NATS_URL: server.url, PYTHONPATH: pythonPath });
    await engine.offer(agent, ada, { name: 'Ada' });
    await engine.offer(agent, nobody, {});
    await expect.poll(() => engine.kinds(ada), soon).toContain('complete');
    await expect.poll(() => engine.kinds(nobody), soon).toContain('fail');
    await worker.stop();

    expect(engine.turns(ada)).toContainEqual(
      expect.objectContaining({
        output: { greeting: 'hello Ada', by: expect.stringContaining('attempt 1') },
      }),
    );
    expect(engine.turns(nobody)).toContainEqual(
      expect.objectContaining({
        error: expect.objectContaining({ code: 'greet.no-name', retryable: false }),
      }),
    );
  },
);

test('a worker whose command there is none of does not begin', async () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [builtCli, 'worker', 'GREETER', '--', 'nosuchcommand'],
    {
      env: { ...process.env, NATS_URL: server.url },
      encoding: 'utf8',
    },
  );
  expect(stderr).toContain('the command "nosuchcommand" cannot be started: no such program in PATH');
  expect(stderr).not.toContain('ready');
  expect(status).toBe(2);
});
