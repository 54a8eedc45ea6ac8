// What runs cost that only wait: so many of them, each due at its own time, a thousand a second, over a `workflow
// serve` that finds them in the journal when it starts, as it does after a restart.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectJetStream } from '../src/stores/jetstream/connect.ts';
import { waiting } from './definitions.ts';
import { serveHere } from './lists.ts';
import { median } from './statistics.ts';

/** Memory in MiB, times in ms, `cpuShare`: of one core, of engine and server, while nothing is due. */
export type SleepersCost = {
  readonly runs: number;
  readonly readyMs: number;
  readonly engineMb: number;
  readonly serverMb: number;
  readonly cpuShare: number;
  readonly perSecond: number;
  /** Of engine and server, for one run that is woken and ends. */
  readonly cpuMsPerRun: number;
  readonly lateMedianMs: number;
  readonly late99Ms: number;
  readonly lateMsMax: number;
};

const main = fileURLToPath(new URL('../src/main.js', import.meta.url));
const perSecond = Number(process.env['SLEEPERS_PER_SECOND'] ?? 1_000);
/** For a profile: `--cpu-prof --cpu-prof-dir=<folder>`. */
const engineOptions = (process.env['SLEEPERS_NODE_OPTIONS'] ?? '')
  .split(' ')
  .filter((option) => option !== '');
const inFlightMax = 200;
const idleMs = 20_000;
/** Before the first is due: the engine starts, and is looked at while it is idle. */
const startMs = 15_000 + idleMs;

export async function measureSleepers(url: string, serverPid: number): Promise<SleepersCost> {
  const runs = Number(process.env['SLEEPERS'] ?? 20_000);
  const namespace = `bench-sleepers-${process.pid}`;
  const projectDir = await mkdtemp(join(tmpdir(), 'workflow-bench-'));
  const firstDueMs = Date.now() + startMs + 10_000 + runs * 4;
  await begin(url, namespace, { runs, firstDueMs });
  if (Date.now() > firstDueMs - startMs) throw new Error('the first runs were due before all were started');
  const beganMs = performance.now();
  const engine = spawn(
    process.execPath,
    [...engineOptions, main, 'serve', '--http', '0', '--project', projectDir],
    {
      env: { ...process.env, NATS_URL: url, WORKFLOW_NAMESPACE: namespace },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  try {
    await isReady(engine);
    const readyMs = performance.now() - beganMs;
    const pids = [engine.pid ?? 0, serverPid];
    await pause(firstDueMs - idleMs - 5_000 - Date.now());
    const idle = await watched(pids, idleMs);
    const late = await whenAllFired(pids, { url, namespace, runs, firstDueMs });

    return { runs, readyMs, perSecond, ...idle, ...late };
  } finally {
    engine.kill();
    await once(engine, 'exit');
    await rm(projectDir, { recursive: true, force: true });
  }
}

type Crowd = { readonly runs: number; readonly firstDueMs: number };

async function begin(url: string, namespace: string, { runs, firstDueMs }: Crowd): Promise<void> {
  const served = await serveHere(url, namespace);
  const definition = waiting();
  let next = 0;
  const starter = async (): Promise<void> => {
    while (next < runs) {
      const at = new Date(firstDueMs + (next++ * 1000) / perSecond).toISOString();
      const answer = await served.start(definition, { at });
      if (!answer.ok) throw new Error(answer.refusal.message);
    }
  };
  await Promise.all(Array.from({ length: inFlightMax }, starter));
  await served.close();
}

async function isReady(engine: ChildProcess): Promise<void> {
  const { stderr } = engine;
  if (stderr === null) throw new Error('the engine says nothing');
  let said = '';
  await new Promise<void>((resolve, reject) => {
    stderr.on('data', (chunk) => {
      said += String(chunk);
      if (said.includes('engine ready')) resolve();
    });
    engine.on('exit', () => reject(new Error(`the engine ended: ${said}`)));
  });
}

/** Memory of processes, and how much of one core they use together. */
async function watched(pids: readonly number[], ms: number) {
  const before = await Promise.all(pids.map(cpuMs));
  await pause(ms);
  const after = await Promise.all(pids.map(cpuMs));

  const [engineMb = 0, serverMb = 0] = await Promise.all(pids.map(residentMb));

  return { engineMb, serverMb, cpuShare: (sum(after) - sum(before)) / ms };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

async function cpuMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];

  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');

  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

type Fired = Crowd & { readonly url: string; readonly namespace: string };

async function whenAllFired(pids: readonly number[], fired: Fired) {
  const beforeMs = sum(await Promise.all(pids.map(cpuMs)));
  await pause(fired.firstDueMs + (fired.runs / perSecond) * 1000 - Date.now());
  const lateMs = await lateness(fired);
  const cpuMsPerRun = (sum(await Promise.all(pids.map(cpuMs))) - beforeMs) / fired.runs;

  return {
    cpuMsPerRun,
    lateMedianMs: median(lateMs),
    late99Ms: lateMs[Math.floor(lateMs.length * 0.99)] ?? 0,
    lateMsMax: lateMs.at(-1) ?? 0,
  };
}

/** How late each timer fired, the least late first. */
async function lateness({ url, namespace, runs }: Fired): Promise<readonly number[]> {
  const stream = await connectJetStream({ url, namespace });
  const late: number[] = [];
  try {
    for await (const stored of stream.journal.watch({ after: 0, signal: AbortSignal.timeout(600_000) })) {
      if (stored.kind !== 'record' || stored.record.type !== 'timer.fired') continue;
      const { dueAt } = stored.record.data.fact as { readonly dueAt: string };
      late.push(Date.parse(stored.record.time) - Date.parse(dueAt));
      if (late.length === runs) return late.sort((a, b) => a - b);
    }
  } finally {
    await stream.close();
  }

  throw new Error(`only ${late.length} of ${runs} timers fired`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, Math.max(ms, 0)));
}

/** The lines of what runs cost that only wait. */
export function sleepersLines(cost: SleepersCost): string {
  const { runs, engineMb, serverMb } = cost;

  return [
    `${runs} runs that wait: engine ${engineMb.toFixed(0)} MiB and server ${serverMb.toFixed(0)} MiB (aim 400 together for ` +
      `100,000), ${(cost.cpuShare * 100).toFixed(0)} % of a core while none is due, engine ready after ${(cost.readyMs / 1000).toFixed(1)} s`,
    `  woken ${cost.perSecond} a second: late by ${cost.lateMedianMs.toFixed(0)} ms in the median, ` +
      `${cost.late99Ms.toFixed(0)} ms in 99 of 100, at most ${cost.lateMsMax.toFixed(0)} ms (aim 2000); ${cost.cpuMsPerRun.toFixed(1)} ms of CPU each`,
  ].join('\n');
}
