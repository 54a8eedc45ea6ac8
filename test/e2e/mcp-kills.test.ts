// Calls of tools while the engine and the clients are killed again and again: each is answered, and none starts two
// runs. Method: a real server, and `workflow serve` and clients as processes under SIGKILL; a call that was not
// answered is made again by the next client with the same key. There are 100 calls; MCP_CALLS says how many.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { called, type McpStation, openMcpStation } from './mcp-station.ts';
import { ownerHeaders } from './owner.ts';

const count = `workflow:
  id: count
  version: 1
  expose: {mcp: true}
  input: {required: [number], properties: {number: {type: integer}}}
  output: {next: "\${add.output.next}"}
  tasks: [{id: add, type: TRANSFORM, output: {next: "\${workflow.input.number + 1}"}}]
`;
const calls = Number(process.env['MCP_CALLS'] ?? 100);
const clientsAtOnce = 3;
const killsMin = 4;
/** So long an engine lives from when it says that it is ready. */
const lifeMs = 1_500;
const pauseMs = 200;
/** Every so many answers a client is killed while it waits for the next one. */
const answersOfALife = 9;
const program = fileURLToPath(new URL('calling-client.mjs', import.meta.url));
const Answer = z.object({
  number: z.int(),
  data: z.object({ run: z.string(), status: z.string(), output: z.unknown() }).partial().optional(),
});
type Answer = z.output<typeof Answer>;

let station: McpStation;
beforeAll(async () => {
  station = await openMcpStation({ count });
});
afterAll(() => station.close());

/** A client as a process of its own. */
type Calling = ChildProcessByStdio<Writable, Readable, null>;

async function startedClient(): Promise<Calling> {
  const { authorization } = await ownerHeaders(station.project);
  const env = { ...process.env, MCP_URL: `${station.engine.url}/mcp`, MCP_TOKEN: authorization };

  return spawn(process.execPath, [program], { env, stdio: ['pipe', 'pipe', 'inherit'] });
}

test('every call is answered while engines and clients are killed, and none is carried out twice', async () => {
  const beganAt = performance.now();
  const left = Array.from({ length: calls }, (_, number) => number);
  const answers = new Map<number, NonNullable<Answer['data']>>();
  let tries = 0;
  let killedClients = 0;
  /** Calls until nothing is left, or until it is killed with a call under way. */
  async function lived(client: Calling): Promise<void> {
    const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
    for (let life = 0; ; life += 1) {
      const number = left.pop();
      if (number === undefined) return;
      tries += 1;
      client.stdin.write(`${number}\n`);
      if (life === answersOfALife) {
        await delay((number % 8) * 10);
        left.push(number);
        killedClients += 1;
        client.kill('SIGKILL');
        return;
      }
      const { data } = Answer.parse(JSON.parse((await lines.next()).value ?? ''));
      if (data?.status === 'COMPLETED') answers.set(number, data);
      else {
        left.unshift(number);
        await delay(pauseMs);
      }
    }
  }
  const calling = Promise.all(
    Array.from({ length: clientsAtOnce }, async () => {
      while (answers.size < calls) {
        const client = await startedClient();
        const gone = once(client, 'exit');
        await lived(client);
        client.stdin.end();
        await gone;
        if (left.length === 0) await delay(pauseMs);
      }
    }),
  );
  for (let kill = 0; kill < killsMin || answers.size < calls; kill += 1) {
    await delay(lifeMs);
    await station.engine.kill9();
    await station.engine.start();
  }
  await calling;

  expect(answers.size).toBe(calls);
  for (const [number, { output }] of answers) expect(output).toEqual({ next: number + 1 });
  const runs = new Set([...answers.values()].map(({ run }) => run));
  expect(runs.size).toBe(calls);
  expect(killedClients).toBeGreaterThan(killsMin);
  const owner = await station.overHttp();
  const sql = "select count(*) from runs where definition = 'count'";
  expect((await called(owner, 'workflow_query_runs', { sql })).data).toMatchObject({ rows: [[calls]] });
  const seconds = Math.round((performance.now() - beganAt) / 100) / 10;
  process.stdout.write(
    `${calls} calls in ${tries} tries, ${station.engine.killed.size} engines and ${killedClients} clients killed, ` +
      `${seconds} s: ${answers.size} answers, ${calls - runs.size} doubled\n`,
  );
}, 900_000);
