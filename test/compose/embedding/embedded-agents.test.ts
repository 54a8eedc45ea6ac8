// The agents that a program plays: `agents` of `createEngine`. Method: engines in this process on a real server, each
// with a namespace and a folder of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import {
  ActionFailure,
  createEngine,
  type EmbeddedEngine,
  type EngineOptions,
} from '../../../src/compose/embedding/create-engine.ts';
import type { Work } from '../../../src/worker/work.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';

const greeting = `
workflow:
  id: greeting
  version: 1
  input: { required: [name] }
  output: [text]
  tasks:
    - { id: say, assigned_to: GREETER, input: { name: '\${workflow.input.name}' }, output: [text] }
`;
const painting = greeting.replace('assigned_to: GREETER', 'requires: [painting]');

let server: TestServer;
let dir: string;
let namespaces = 0;
const engines: EmbeddedEngine[] = [];

beforeAll(async () => {
  server = await startTestServer();
});
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'workflow-agents-'));
  namespaces += 1;
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close({ drainMs: 0 });
  await rm(dir, { recursive: true, force: true });
});
afterAll(() => server.stop());

async function opened<Takes, Gives>(
  options: EngineOptions<unknown, unknown, Takes, Gives>,
): Promise<EmbeddedEngine> {
  const place = { url: server.url, dir, namespace: `agents-${namespaces}` };
  const engine = await createEngine({ ...place, ...options });
  engines.push(engine);

  return engine;
}

test('a task is carried out by the function of the agent that it is assigned to', async () => {
  const told: unknown[] = [];
  const greet = async ({ input, task, attempt, agent, run }: Work) => {
    told.push({ input, task, attempt, agent, run });
    return { text: 'Hello' };
  };
  const engine = await opened({ agents: { GREETER: greet } });
  const run = await engine.start(greeting, { name: 'Ada' });

  expect(await run.result()).toEqual({ text: 'Hello' });
  expect(told).toEqual([{ input: { name: 'Ada' }, task: 'say', attempt: 1, agent: 'GREETER', run: run.id }]);
});

test('an agent is found by its skills, and gets what its schema makes of the input', async () => {
  const engine = await opened({
    agents: {
      PAINTER: {
        skills: ['painting'],
        input: z.object({ name: z.string(), times: z.number().default(2) }),
        output: z.object({ text: z.string() }),
        run: ({ name, times }, { agent }) => ({ text: `${agent} ${name} ${times}` }),
      },
    },
  });

  expect(await (await engine.start(painting, { name: 'Ada' })).result()).toEqual({ text: 'PAINTER Ada 2' });
});

test('what does not fit, and what fails, is the failure of the attempt, with its code', async () => {
  const engine = await opened({
    agents: {
      GREETER: {
        input: z.object({ name: z.string() }),
        output: z.object({ text: z.string() }),
        run: ({ name }) => {
          if (name === 'nobody') throw new ActionFailure('greeter.nobody', 'nobody is there');
          return JSON.parse(`{"text": ${name}}`);
        },
      },
    },
  });
  const failing = async (name: string | number) => (await engine.start(greeting, { name })).result();

  await expect(failing(17)).rejects.toMatchObject({ code: 'action.invalid-input' });
  await expect(failing('17')).rejects.toMatchObject({
    code: 'action.invalid-output',
    message: expect.stringContaining('GREETER gave an output that it does not promise: "text": '),
  });
  await expect(failing('nobody')).rejects.toMatchObject({ code: 'greeter.nobody' });
});

test('what an agent has under way when the engine is closed is recorded, and is not done again', async () => {
  let end = (): void => {};
  const begun = new Promise<void>((isBegun) => {
    const greet = async () => {
      isBegun();
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      return { text: 'once' };
    };
    void opened({ agents: { GREETER: greet } }).then((engine) =>
      engine.start(greeting, { name: 'Ada' }, { idempotencyKey: 'once' }),
    );
  });
  await begun;
  const closed = engines[0]?.close();
  end();
  await closed;
  const other = await opened({});
  const run = await other.start(greeting, { name: 'Ada' }, { idempotencyKey: 'once' });

  expect(await run.result()).toEqual({ text: 'once' });
});

test('an agent that cannot be is refused, and nothing is left running', async () => {
  await expect(opened({ agents: { ['A'.repeat(300)]: async () => null } })).rejects.toMatchObject({
    code: 'usage.worker',
  });
  expect(engines).toEqual([]);
});
