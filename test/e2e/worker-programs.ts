// Workers in three languages that do the same, each a process of its own, and an engine that is the test: it offers
// work by the real queue, hears every report, and says how each is answered.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Json } from '../../events/canonical-json.ts';
import {
  type Hello,
  protocolVersion,
  Report,
  type ReportAnswer,
  type WorkItem,
} from '../../events/worker-protocol.ts';
import { shardOf } from '../../machines/shard.ts';
import { connectJetStream } from '../../src/stores/jetstream/connect.ts';
import { builtCli } from './station.ts';

const javascript = fileURLToPath(new URL('./worker-program.mjs', import.meta.url));
const python = fileURLToPath(new URL('./worker-program.py', import.meta.url));
const shell = fileURLToPath(new URL('./worker-program.sh', import.meta.url));

/** How a worker of an agent is started that does what the input of its items says. */
export const workerPrograms: Readonly<Record<string, (agent: string) => readonly string[]>> = {
  javascript: (agent) => [process.execPath, javascript, agent],
  python: (agent) => ['python3', python, agent],
  command: (agent) => [
    ...[process.execPath, builtCli, 'worker', agent, '--capacity', '2', '--drain', '2s'],
    ...['--', 'sh', shell],
  ],
};

/** A worker in a process of its own. */
export type WorkerProcess = {
  readonly child: ChildProcess;
  readonly said: () => string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  readonly stop: () => Promise<void>;
};

/** Starts one, in a folder of its own. */
export async function startWorker(
  [program = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<WorkerProcess> {
  const cwd = await mkdtemp(join(tmpdir(), 'workflow-worker-'));
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const ended = once(child, 'exit').then(([code]) => code as number | null);

  return {
    child,
    said: () => said,
    ended,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
      await rm(cwd, { recursive: true, force: true });
    },
  };
}

export type ScriptedEngine = Awaited<ReturnType<typeof openScriptedEngine>>;

/** `answer` says how a report is answered; where it gives nothing, the worker asks again. */
export async function openScriptedEngine(url: string) {
  const stream = await connectJetStream({ url });
  const reports: Report[] = [];
  const hellos: Hello[] = [];
  let answer: (report: Report) => ReportAnswer | undefined = () => ({ ok: true, heartbeatMs: 300 });
  stream.presence.onHello((hello) => hellos.push(hello));
  const gone = new Set<string>();
  await stream.workQueue.serve(shardOf(run), async (_agent, raw) => {
    const report = Report.parse(raw);
    // Items are handed to a worker that was killed until it is missed: begun in its name, and given back.
    if (gone.has(report.worker)) return { ok: true };
    reports.push(report);
    const given = answer(report);
    if (given === undefined) throw new Error('away');

    return given as Json;
  });

  /** What was reported about a task but that it goes on: how often that is said is a matter of time. */
  const turns = (task: string) =>
    reports.filter((report) => report.task === task && report.kind !== 'heartbeat');

  return {
    hellos,
    /** The worker of this process was killed: what is reported in its name from now on is not listed. */
    killed: (pid: number | undefined) => {
      for (const hello of hellos) if (hello.pid === pid) gone.add(hello.worker);
    },
    /** What was reported about a task, in order. */
    of: (task: string) => reports.filter((report) => report.task === task),
    turns,
    kinds: (task: string) => turns(task).map(({ kind }) => kind),
    answer: (given: typeof answer) => {
      answer = given;
    },
    offer: (agent: string, task: string, input: Json) =>
      stream.workQueue.offer(itemOf({ agent, task, input })),
    /** The same of a run that no engine works on. */
    offerUnowned: (agent: string, task: string) =>
      stream.workQueue.offer({ ...itemOf({ agent, task, input: {} }), run: unowned }),
    withdraw: (agent: string, task: string) =>
      stream.workQueue.withdraw({ agent, attemptKey: keyOf(task), reason: 'cancelled' }),
    close: () => stream.close(),
  };
}

const run = 'run-1';
/** Of another shard, which nobody serves. */
const unowned = 'run-2';
const keyOf = (task: string): string => `${run}/${task}/1`;

function itemOf({ agent, task, input }: Pick<WorkItem, 'agent' | 'task' | 'input'>): WorkItem {
  return {
    ...{
      protocol: protocolVersion,
      run,
      task,
      attempt: 1,
      key: keyOf(task),
      token: `token-${task}`,
      agent,
      input,
    },
    definition: { id: 'paint', version: 1 },
    offeredAt: '2026-01-01T00:00:00.000Z',
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  };
}
