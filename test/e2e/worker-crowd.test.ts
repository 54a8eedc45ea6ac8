// Agents with workers that die all the time still carry everything out, once. Method: ten agents, a workflow of five
// tasks that two agents are named for and eight found by their skills, 1,000 runs of it; two engines that are the built
// command line, and four worker processes, two of them Python, each agent served by one of either language. Every 3 s
// one of the four is killed by SIGKILL and started again.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { isFinal } from '../../machines/chart/task-status.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { newRunId } from '../../src/compose/session/open-session.ts';
import { createWorkflows } from '../../src/engine/workflows.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { differing } from '../chaos/findings.ts';
import { startTestServer } from '../support/nats.ts';
import { partsOf } from '../support/stream-parts.ts';
import {
  engineProcess,
  isPythonThere,
  type Language,
  readCarriedOut,
  workerProcess,
} from './worker-processes.ts';

const runCount = 1_000;
const startedAtATime = 20;
const killEveryMs = 3_000;
const workMs = 150;
const capacity = 6;
const namespace = 'crowd';
const settleMsMax = 420_000;
const processes: readonly Language[] = [
  'typescript',
  isPythonThere ? 'python' : 'typescript',
  'typescript',
  isPythonThere ? 'python' : 'typescript',
];
const skillsOf: readonly (readonly string[])[] = [
  [],
  ['cut'],
  ['cut'],
  ['cut', 'weld'],
  ['weld'],
  ['weld'],
  [],
  ['paint'],
  ['paint'],
  ['paint', 'cut'],
];
const content = `
workflow:
  id: crowd
  version: 1
  tasks:
    - { id: order, assigned_to: agent-0 }
    - { id: cut, requires: cut, depends_on: order }
    - { id: weld, requires: weld, depends_on: cut }
    - { id: check, assigned_to: agent-6, depends_on: weld }
    - { id: paint, requires: [paint], depends_on: check }
`;
const tasks = ['order', 'cut', 'weld', 'check', 'paint'];

test(
  '1,000 runs of five tasks by ten agents complete while one of their four processes dies every 3 s',
  async () => {
    const { stream, effects, workers } = await bringUp();
    const workflows = createWorkflows({ ...partsOf(stream), newRunId, answerTimeoutMs: 60_000 });
    const ended = watchEnds(stream);
    const began = performance.now();
    const killing = new AbortController();
    const kills = killInTurn(workers, killing.signal);
    const runs = await startRuns(workflows);
    await expect.poll(() => ended.size, { timeout: settleMsMax, interval: 250 }).toBe(runCount);
    const tookMs = performance.now() - began;
    killing.abort();

    const carriedOut = await readCarriedOut(stream.journal, effects, killedOf(workers));
    process.stdout.write(`
${runCount} runs, ${runCount * tasks.length} attempts in ${(tookMs / 1_000).toFixed(1)} s; ${await kills} kills
${carriedOut.deaths} workers taken for dead in an attempt, ${carriedOut.begunAgain.length} attempts begun again
`);

    expect([...ended.values()].filter((status) => status !== 'COMPLETED')).toEqual([]);
    expect([...carriedOut.ends].sort()).toEqual(
      runs.flatMap((run) => tasks.map((task) => `${run}/${task}/1`)).sort(),
    );
    expect(carriedOut.wrongs).toEqual([]);
    expect(await differing(workflows, runs)).toEqual([]);
    expect(await kills).toBeGreaterThan(3);
  },
  settleMsMax + 180_000,
);

async function bringUp() {
  const cwd = await mkdtemp(join(tmpdir(), 'workflow-crowd-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const stream = await connectJetStream({ url: server.url, namespace });
  onTestFinished(() => stream.close());
  const effects = join(cwd, 'effects.txt');
  const env = {
    NATS_URL: server.url,
    WORKFLOW_NAMESPACE: namespace,
    EFFECTS: effects,
    WORK_MS: String(workMs),
  };
  const engines = await Promise.all(
    ['first', 'second'].map(async (name) => {
      await mkdir(join(cwd, name));
      return engineProcess({ cwd: join(cwd, name), env });
    }),
  );
  const workers = processes.map((language, at) => workerProcess(language, agentsOf(at), { cwd, env }));
  for (const each of [...engines, ...workers]) {
    onTestFinished(() => each.kill9());
    await each.start();
  }

  return { stream, effects, workers };
}

/** Each agent is with two processes next to each other in the round. */
function agentsOf(at: number) {
  return skillsOf.flatMap((skills, agent) => {
    const first = agent % processes.length;
    const isServed = first === at || (first + 1) % processes.length === at;
    return isServed ? [{ agent: `agent-${agent}`, skills, capacity }] : [];
  });
}

type Worker = ReturnType<typeof workerProcess>;
type Runs = ReturnType<typeof createWorkflows>;

/** Answers how often it killed, once it is told to end. */
async function killInTurn(workers: readonly Worker[], signal: AbortSignal): Promise<number> {
  let kills = 0;
  while (await delay(killEveryMs, true, { signal }).catch(() => false)) {
    const worker = workers[kills % workers.length];
    await worker?.kill9();
    kills += 1;
    void worker?.start();
  }

  return kills;
}

function killedOf(workers: readonly Worker[]): ReadonlySet<number> {
  return new Set(workers.flatMap(({ killed }) => [...killed]));
}

async function startRuns(workflows: Runs): Promise<readonly string[]> {
  const loaded = loadDefinition({ file: 'crowd.yaml', content });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const definition = loaded.loaded;
  const runs: string[] = [];
  const lane = async () => {
    for (let at = 0; at < runCount / startedAtATime; at += 1) {
      const answer = await workflows.start({ definition, file: 'crowd', input: {}, actor: 'test' });
      if (!answer.ok) throw new Error(answer.refusal.message);
      runs.push(answer.run);
    }
  };
  await Promise.all(Array.from({ length: startedAtATime }, lane));

  return runs;
}

/** How each run has ended, as far as that was heard. */
function watchEnds({ journal }: JetStreamHandle): ReadonlyMap<string, string> {
  const ended = new Map<string, string>();
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const watch = async () => {
    for await (const stored of journal.watch({ after: 0, signal: stopping.signal })) {
      if (stored.kind === 'foreign') throw new Error(stored.reason);
      const { status } = stored.record.data.head;
      if (isFinal(status)) ended.set(stored.run, status);
    }
  };
  void watch();

  return ended;
}
