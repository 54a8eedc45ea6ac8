import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from './statistics.ts';

/** Runs per second of so many engine processes on one server, the same number of runs in flight altogether. */
export type SeveralEngines = {
  readonly inFlight: number;
  readonly onePerSecond: number;
  readonly twoPerSecond: number;
  readonly twoToOne: number;
};

/** What an engine process is told, and what it tells: `ready`, then how many runs it has ended in the time. */
export type ToEngine = { readonly inFlight: number; readonly warmUpMs: number; readonly measureMs: number };

const program = fileURLToPath(new URL('./main.js', import.meta.url));
const inFlight = 400;
const warmUpMs = 3_000;
const measureMs = 8_000;
const rounds = 3;

/** One and two engine processes in turn, because what else the machine does changes from minute to minute. */
export async function measureSeveralEngines(url: string): Promise<SeveralEngines> {
  const perSecond: Record<1 | 2, number[]> = { 1: [], 2: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const count of [1, 2] as const) perSecond[count].push(await runsPerSecond(url, count, round));
  }
  const ratios = perSecond[2].map((two, round) => two / (perSecond[1][round] ?? 1));

  return {
    inFlight,
    onePerSecond: median(perSecond[1]),
    twoPerSecond: median(perSecond[2]),
    twoToOne: median(ratios),
  };
}

async function runsPerSecond(url: string, count: 1 | 2, round: number): Promise<number> {
  const namespace = `bench-${process.pid}-${count}-${round}`;
  const env = { ...process.env, NATS_URL: url, WORKFLOW_NAMESPACE: namespace, ENGINES: String(count) };
  const engines = Array.from({ length: count }, () => fork(program, ['engine-process'], { env }));
  try {
    await Promise.all(engines.map(told));
    const ended = engines.map(told);
    for (const engine of engines) {
      const order: ToEngine = { inFlight: inFlight / count, warmUpMs, measureMs };
      engine.send(order);
    }
    const runs = (await Promise.all(ended)).reduce((sum, each) => sum + each, 0);

    return runs / (measureMs / 1000);
  } finally {
    await Promise.all(engines.map(end));
  }
}

/** The next number that the process tells; rejects when it ends before. */
function told(engine: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    engine.once('message', (message) => resolve(Number(message)));
    engine.once('exit', () => reject(new Error('an engine process of the measurement has ended early')));
  });
}

async function end(engine: ChildProcess): Promise<void> {
  if (engine.exitCode !== null) return;
  const over = new Promise((resolve) => engine.once('exit', resolve));
  engine.kill('SIGKILL');
  await over;
}
