// The workers of the examples, that in JavaScript started as it stands there, and a worker whose command there is none
// of. Method: processes of their own on a real server, against an engine that is the test.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli } from './station.ts';
import { openScriptedEngine, type ScriptedEngine, startWorker } from './worker-programs.ts';

const example = fileURLToPath(new URL('../../examples/workers/worker.mjs', import.meta.url));
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

test('the example greets whom the input names, and fails for good where there is no name', async () => {
  const worker = await startWorker([process.execPath, example, 'GREETER'], { NATS_URL: server.url });
  await engine.offer('GREETER', 'ada', { name: 'Ada' });
  await engine.offer('GREETER', 'nobody', {});
  await expect.poll(() => engine.kinds('ada'), soon).toContain('complete');
  await expect.poll(() => engine.kinds('nobody'), soon).toContain('fail');
  await worker.stop();
});

test('the example in Python remembers no more than a thousand items that no engine works on', () => {
  const program = `
from types import SimpleNamespace
from worker import Worker
worker = Worker("GREETER", None)
for at in [0, *range(1_500), 1_499]:
    answer = worker._rest(SimpleNamespace(attempt_key="run/%d" % at))
print(len(worker.silences), answer)
`;
  const { stdout, stderr } = spawnSync('python3', ['-c', program], {
    env: { ...process.env, PYTHONPATH: dirname(example), PYTHONDONTWRITEBYTECODE: '1' },
    encoding: 'utf8',
  });

  expect(stderr).toBe('');
  expect(stdout).toContain('1000 ');
  expect(stdout).toContain('2000000000');
});

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
