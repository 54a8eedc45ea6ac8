// What a program gets by `import { createEngine } from '3ox-workflow'`. Method: engines in this process on a real
// server, each with a namespace and a folder of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createEngine, type EmbeddedEngine } from '../../../src/compose/embedding/create-engine.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';

const order = `
workflow:
  id: order
  version: 1
  input: { required: [order] }
  output: [reserved]
  tasks:
    - { id: reserve, uses: orders.reserve, input: { order: '\${workflow.input.order}' } }
    - { id: sum, type: TRANSFORM, depends_on: reserve, output: { reserved: '\${reserve.output.pieces}' } }
`;
const asking = `
workflow:
  id: asking
  version: 1
  tasks:
    - { id: answer, type: WAIT, signal: answer }
`;

let server: TestServer;
let dir: string;
let namespaces = 0;
const engines: EmbeddedEngine[] = [];

beforeAll(async () => {
  server = await startTestServer();
});
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'workflow-embedded-'));
  namespaces += 1;
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close({ drainMs: 0 });
  await rm(dir, { recursive: true, force: true });
});
afterAll(() => server.stop());

async function opened(options: Parameters<typeof createEngine>[0] = {}): Promise<EmbeddedEngine> {
  const engine = await createEngine({ url: server.url, dir, namespace: `embedded-${namespaces}`, ...options });
  engines.push(engine);

  return engine;
}

test('a run of a text is carried out by the actions of the program, and its output is the result', async () => {
  const told: unknown[] = [];
  const engine = await opened({
    actions: {
      'orders.reserve': {
        input: z.object({ order: z.string() }),
        output: z.object({ pieces: z.number() }),
        run: async (input, { signal: _signal, ...context }) => {
          told.push(input, context);
          return { pieces: 3 };
        },
      },
    },
  });
  const run = await engine.start(order, { order: 'A-1' });

  expect(await run.result()).toEqual({ reserved: 3 });
  expect(told).toMatchObject([{ order: 'A-1' }, { run: run.id, task: 'reserve', attempt: 1 }]);
  expect(await run.status()).toMatchObject({ run: run.id, status: 'COMPLETED' });
  expect(await engine.list()).toMatchObject({ total: 1, items: [{ run: run.id }] });
});
