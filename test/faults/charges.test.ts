// Nobody pays twice, whatever dies and however often a charge is tried. Method: a payment provider that makes one
// charge for each idempotency key, as providers do, and answers the first request of each too late; the built engine
// and a worker as processes, a real server. Every key it ever gets is compared with the runs that there are.
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { newRunId } from '../../src/compose/session/open-session.ts';
import { createWorkflows } from '../../src/engine/workflows.ts';
import { connectJetStream } from '../../src/stores/jetstream/connect.ts';
import { engineProcess } from '../e2e/worker-processes.ts';
import { createMortalProcess } from '../support/mortal-process.ts';
import { startTestServer } from '../support/nats.ts';
import { partsOf } from '../support/stream-parts.ts';

const chargingWorker = fileURLToPath(new URL('./charging-worker.mjs', import.meta.url));
const ways = ['http', 'worker', 'command'] as const;
type Way = (typeof ways)[number];

/** The provider: the attempts that it was asked by, by key. It makes a charge when it first hears of a key. */
async function startProvider({ lateMs }: { readonly lateMs: number }) {
  const asked = new Map<string, string[]>();
  const server = createServer(async (request, response) => {
    const key = String(request.headers['idempotency-key']);
    const attempts = asked.get(key) ?? [];
    asked.set(key, [...attempts, String(request.headers['workflow-attempt'])]);
    if (attempts.length === 0) await new Promise((resolve) => setTimeout(resolve, lateMs).unref());
    response.setHeader('content-type', 'application/json').end('{"charged":true}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });

  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/charge` };
}

const retry = '{max_attempts: 30, initial_delay: 100ms, backoff: fixed, jitter: none}';

/** A command charges by a line in a file. It hangs in its first attempt, once it has charged. */
function charge(
  way: Way,
  url: string,
  { file, timeout }: { readonly file: string; readonly timeout: string },
) {
  const script = 'echo "$WORKFLOW_KEY $WORKFLOW_ATTEMPT" >> "$1"; [ "$WORKFLOW_ATTEMPT" != 1 ] || sleep 60';
  const does = {
    http: `type: HTTP, request: {method: POST, url: "${url}", timeout: ${timeout}}`,
    worker: `assigned_to: CASHIER, timeout: ${timeout}`,
    command: `run: {shell: sh, command: [${JSON.stringify(script)}, "${file}"]}, timeout: ${timeout}`,
  }[way];
  const content = `workflow:\n  id: charge-${way}\n  version: 1\n  tasks:\n    - {id: charge, ${does}, retry_policy: ${retry}}\n`;
  const result = loadDefinition({ file: 'charge.yaml', content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));

  return result.loaded;
}

async function bringUp({ lateMs, timeout }: { readonly lateMs: number; readonly timeout: string }) {
  const cwd = await mkdtemp(join(tmpdir(), 'workflow-charges-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const project = join(cwd, 'engine');
  await mkdir(project);
  await writeFile(join(project, 'serve.yaml'), 'private_hosts: [127.0.0.1]\n');
  const provider = await startProvider({ lateMs });
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const stream = await connectJetStream({ url: server.url, namespace: 'charges' });
  onTestFinished(() => stream.close());
  const env = { NATS_URL: server.url, WORKFLOW_NAMESPACE: 'charges', CHARGES: provider.url };
  const engine = engineProcess({ cwd: project, env });
  const node = { command: process.execPath, args: [chargingWorker], ready: 'worker ready' };
  const worker = createMortalProcess({ ...node, cwd, env });
  for (const each of [engine, worker]) {
    onTestFinished(() => each.kill9());
    await each.start();
  }
  const workflows = createWorkflows({ ...partsOf(stream), newRunId, answerTimeoutMs: 15_000 });
  const file = join(cwd, 'charges.txt');

  return {
    start: async (way: Way) => {
      const definition = charge(way, provider.url, { file, timeout });
      const answer = await workflows.start({ definition, file: 'charge', input: {}, actor: 'test' });
      if (!answer.ok) throw new Error(answer.refusal.message);
      return answer.run;
    },
    statusOf: async (run: string) => (await workflows.view(run).catch(() => undefined))?.state.status,
    rerun: (run: string) => workflows.command(run, { kind: 'rerun', from: 'charge' }, 'test'),
    /** The attempts that each charge was asked for by, by key. */
    charges: async () => {
      const charges = new Map(provider.asked);
      for (const line of (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean)) {
        const [key = '', attempt = ''] = line.split(' ');
        charges.set(key, [...(charges.get(key) ?? []), attempt]);
      }
      return charges;
    },
    mortals: { engine, worker, server: { kill9: server.kill9, start: server.restart } },
  };
}

test.each(ways)(
  'a charge by %s that is made and answered too late is not made again, until a person reruns it',
  async (way) => {
    const place = await bringUp({ lateMs: 3_000, timeout: '1s' });
    const run = await place.start(way);
    await expect.poll(() => place.statusOf(run), { timeout: 60_000 }).toBe('COMPLETED');
    const charges = await place.charges();

    expect([...charges.keys()]).toEqual([`${run}/charge`]);
    expect(charges.get(`${run}/charge`)?.length).toBeGreaterThan(1);

    expect(await place.rerun(run)).toMatchObject({ ok: true });
    const keys = async () => [...(await place.charges()).keys()];
    await expect.poll(keys, { timeout: 60_000 }).toEqual([`${run}/charge`, `${run}/charge:rerun-1`]);
  },
  180_000,
);

const runCount = 500;

test(`${runCount} charges are made once each while the engine, the worker and the server are killed`, async () => {
  const place = await bringUp({ lateMs: 1_000, timeout: '2s' });
  const { engine, worker, server } = place.mortals;
  const runs: string[] = [];
  const startSome = async () => {
    const some = Array.from({ length: runCount / 5 }, (_, index) => place.start(ways[index % 3] ?? 'http'));
    runs.push(...(await Promise.all(some)));
  };
  await startSome();
  for (const victims of [[engine], [worker], [server], [engine, worker, server]]) {
    await Promise.all(victims.map((each) => each.kill9()));
    await Promise.all(victims.map((each) => each.start()));
    await startSome();
  }
  for (const run of runs)
    await expect.poll(() => place.statusOf(run), { timeout: 120_000, interval: 100 }).toBe('COMPLETED');
  const charges = await place.charges();

  expect([...charges.keys()].sort()).toEqual(runs.map((run) => `${run}/charge`).sort());
  const triedAgain = [...charges.values()].filter((attempts) => attempts.length > 1);
  expect(triedAgain.length).toBeGreaterThan(runCount / 10);
}, 300_000);
