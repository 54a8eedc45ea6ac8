// Calls of tools while the engine is killed again and again: each is answered, and none starts two runs. Method: a real
// server and `workflow serve` under SIGKILL; clients that call again with the same key until they are answered. There
// are 100 calls; MCP_CALLS says how many.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { called, type McpStation, openMcpStation, type Said } from './mcp-station.ts';

const count = `workflow:
  id: count
  version: 1
  expose: {mcp: true}
  input: {required: [number], properties: {number: {type: integer}}}
  output: {next: "\${add.output.next}"}
  tasks: [{id: add, type: TRANSFORM, output: {next: "\${workflow.input.number + 1}"}}]
`;
const calls = Number(process.env['MCP_CALLS'] ?? 100);
const clients = 8;
const killsMin = 4;
/** So long an engine lives from when it says that it is ready. */
const lifeMs = 1_500;
const pauseMs = 200;

let station: McpStation;
beforeAll(async () => {
  station = await openMcpStation({ count });
});
afterAll(() => station.close());

test('every call is answered while engines are killed, and none is carried out twice', async () => {
  const beganAt = performance.now();
  const left = Array.from({ length: calls }, (_, number) => number);
  const answers = new Map<number, Said>();
  let tries = 0;
  /** Over a connection of its own, as after a restart of the client. */
  async function answered(number: number): Promise<Said> {
    for (;;) {
      tries += 1;
      const said = await tried(number).catch(() => undefined);
      if (said?.data?.['status'] === 'COMPLETED') return said;
      await delay(pauseMs);
    }
  }
  async function tried(number: number): Promise<Said> {
    const client = await station.overHttp();
    try {
      return await called(client, 'count', { number, idempotencyKey: `call-${number}`, waitSeconds: 10 });
    } finally {
      await client.close();
    }
  }
  const calling = Promise.all(
    Array.from({ length: clients }, async () => {
      for (let next = left.pop(); next !== undefined; next = left.pop())
        answers.set(next, await answered(next));
    }),
  );
  for (let kill = 0; kill < killsMin || left.length > 0; kill += 1) {
    await delay(lifeMs);
    await station.engine.kill9();
    await station.engine.start();
  }
  await calling;

  expect(answers.size).toBe(calls);
  for (const [number, { data }] of answers) expect(data).toMatchObject({ output: { next: number + 1 } });
  const runs = new Set([...answers.values()].map(({ data }) => data?.['run']));
  expect(runs.size).toBe(calls);
  const owner = await station.overHttp();
  const sql = "select count(*) from runs where definition = 'count'";
  expect((await called(owner, 'workflow_query_runs', { sql })).data).toMatchObject({ rows: [[calls]] });
  const seconds = Math.round((performance.now() - beganAt) / 100) / 10;
  process.stdout.write(
    `${calls} calls in ${tries} tries, ${station.engine.killed.size} kills, ${seconds} s: ${answers.size} answers, ` +
      `${calls - runs.size} doubled\n`,
  );
}, 600_000);
