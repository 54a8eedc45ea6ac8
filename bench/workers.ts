import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Json } from '../events/canonical-json.ts';
import { isFinal } from '../machines/chart/task-status.ts';
import type { LoadedDefinition } from '../machines/language/load-definition.ts';
import type { Run } from '../machines/run/run.ts';
import { thisHolder } from '../src/compose/holder.ts';
import { openAgents } from '../src/compose/session/open-agents.ts';
import { newRunId } from '../src/compose/session/open-session.ts';
import { createNode } from '../src/engine/cluster/node.ts';
import { createWorkflows } from '../src/engine/workflows.ts';
import { connectJetStream, type JetStreamHandle } from '../src/stores/jetstream/connect.ts';
import { assigned, sequential } from './definitions.ts';
import { engineParts } from './drive-engine.ts';
import { load } from './load.ts';
import { median } from './statistics.ts';

/** Runs of five tasks one after the other, carried out by worker processes and by the process of the engine. */
export type WorkersCost = {
  readonly inFlight: number;
  readonly herePerSecond: number;
  readonly workersPerSecond: number;
  readonly workersToHere: number;
  /** How long a run takes while there is no other, in ms. */
  readonly hereAloneMs: number;
  readonly workersAloneMs: number;
};

/** What a worker process is told when it is started. */
export type ToWorker = {
  readonly url: string;
  readonly namespace: string;
  readonly agent: string;
  readonly skills?: readonly string[];
  readonly capacity: number;
  /** How long a task takes; absent: nothing. */
  readonly workMs?: number;
};

type RunOnce = (definition: LoadedDefinition, input?: Readonly<Record<string, Json>>) => Promise<number>;

const agent = 'BENCH';
const program = fileURLToPath(new URL('./main.js', import.meta.url));
const processCount = 4;
const inFlight = 200;

/** Of each worker process. */
export const workerCapacity = inFlight / processCount;

const rounds = 3;
const runsAlone = 50;
const runsTogether = { here: 2_000, workers: 600 };

/** One engine in this process, and in turn without and with the workers, as what else the machine does changes. */
export async function measureWorkers(url: string): Promise<WorkersCost> {
  const namespace = `bench-workers-${process.pid}`;
  const stream = await connectJetStream({ url, namespace });
  const { runOnce, close } = await createMeasured(stream);
  const workers = await startWorkers({ url, namespace, agent, capacity: workerCapacity });
  try {
    return await measureBoth(runOnce);
  } finally {
    await endWorkers(workers);
    await close();
    await stream.close();
  }
}

async function measureBoth(runOnce: RunOnce): Promise<WorkersCost> {
  const [here, workers] = [sequential(5), assigned(5, agent)];
  const herePerSecond: number[] = [];
  const workersPerSecond: number[] = [];
  const hereAloneMs = await aloneMs(runOnce, here);
  const workersAloneMs = await aloneMs(runOnce, workers);
  for (let round = 0; round <= rounds; round += 1) {
    herePerSecond.push(await perSecond(runOnce, here, runsTogether.here));
    workersPerSecond.push(await perSecond(runOnce, workers, runsTogether.workers));
  }
  // The first round warms everything up.
  const ratios = workersPerSecond.map((each, round) => each / (herePerSecond[round] ?? 1)).slice(1);

  return {
    inFlight,
    herePerSecond: median(herePerSecond.slice(1)),
    workersPerSecond: median(workersPerSecond.slice(1)),
    workersToHere: median(ratios),
    hereAloneMs,
    workersAloneMs,
  };
}

/** An engine that has all shards, and runs a definition from the request to the end. */
export async function createMeasured(stream: JetStreamHandle): Promise<{
  readonly runOnce: RunOnce;
  /** Starts a run whose end nobody waits for. */
  readonly start: RunOnce;
  readonly close: () => Promise<void>;
}> {
  const ends = new Map<string, (run: Run) => void>();
  const parts = engineParts(stream, (run) => {
    if (isFinal(run.state.status)) ends.get(run.state.run)?.(run);
  });
  const { leases, commands } = stream;
  const { work, close } = await openAgents({ projectDir: '.', stream, onProgress: tell });
  const node = await createNode({
    ...parts,
    leases,
    commands,
    work,
    holder: thisHolder(),
    isDead: () => false,
  });
  await node.workOnAll();
  const workflows = createWorkflows({ ...parts, commands, newRunId, node, answerTimeoutMs: 15_000 });

  const startOne: (...of: Parameters<RunOnce>) => Promise<{ readonly run: string }> = async (
    definition,
    input = {},
  ) => {
    const answer = await workflows.start({ definition, file: 'bench', input, actor: 'bench' });
    if (!answer.ok) throw new Error(answer.refusal.message);

    return answer;
  };

  return {
    start: async (definition, input) => {
      const began = performance.now();
      await startOne(definition, input);

      return performance.now() - began;
    },
    runOnce: async (definition, input) => {
      const began = performance.now();
      const answer = await startOne(definition, input);
      const { state } = await new Promise<Run>((resolve) => ends.set(answer.run, resolve));
      ends.delete(answer.run);
      if (state.status !== 'COMPLETED') throw new Error(`run ended ${state.status}`);

      return performance.now() - began;
    },
    close: async () => {
      await node.stop();
      await close();
    },
  };
}

async function perSecond(runOnce: RunOnce, definition: LoadedDefinition, runs: number): Promise<number> {
  const { seconds } = await load(() => runOnce(definition), { inFlight, runs });

  return runs / seconds;
}

async function aloneMs(runOnce: RunOnce, definition: LoadedDefinition): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runsAlone; run += 1) times.push(await runOnce(definition));

  return median(times);
}

export async function startWorkers(told: ToWorker, count = processCount): Promise<readonly ChildProcess[]> {
  const env = { ...process.env, WORKER: JSON.stringify(told) };
  const workers = Array.from({ length: count }, () => fork(program, ['worker-process'], { env }));
  await Promise.all(workers.map((worker) => once(worker, 'message')));

  return workers;
}

export async function endWorkers(workers: readonly ChildProcess[]): Promise<void> {
  await Promise.all(workers.map(end));
}

async function end(worker: ChildProcess): Promise<void> {
  const over = once(worker, 'exit');
  if (worker.kill('SIGKILL')) await over;
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
