// Where tasks are carried out, as users have it: in an engine that serves, or in workers of other processes that it
// hands them to. Runs are started from this process, which waits for their ends.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFinal } from '../machines/chart/task-status.ts';
import type { LoadedDefinition } from '../machines/language/load-definition.ts';
import { openSession } from '../src/compose/session/open-session.ts';
import { assigned, forkJoin, sequential } from './definitions.ts';
import { startWorkers } from './workers.ts';

export const placeNames = ['serve', 'worker', 'python'] as const;
export type PlaceName = (typeof placeNames)[number];

export type Place = {
  /** From the request to the end, in ms. */
  readonly runOnce: (definition: LoadedDefinition) => Promise<number>;
  /** The processes that carry runs out, without the server. */
  readonly pids: readonly number[];
  readonly close: () => Promise<void>;
};

const agent = 'BENCH';
const capacity = 400;
const program = fileURLToPath(new URL('./main.js', import.meta.url));
const pythonFolder = fileURLToPath(new URL('../../python/src', import.meta.url));

/** `count` tasks for whoever carries them out in the place: in a row, or side by side and one that waits for all. */
export function definitionFor(place: PlaceName, count: number, isFork: boolean): LoadedDefinition {
  if (place === 'serve') return isFork ? forkJoin(count) : sequential(count);

  return assigned(count, agent, isFork);
}

export async function openPlace(name: PlaceName, url: string): Promise<Place> {
  const namespace = `bench-${name}-${process.pid}`;
  const projectDir = await mkdtemp(join(tmpdir(), 'workflow-bench-'));
  const env = { ...process.env, NATS_URL: url, WORKFLOW_NAMESPACE: namespace, PROJECT: projectDir };
  const processes: ChildProcess[] = [];
  const end = async (): Promise<void> => {
    await Promise.all(processes.map(endProcess));
    await rm(projectDir, { recursive: true, force: true });
  };
  try {
    const engine = fork(program, ['serve-process'], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    processes.push(engine);
    await toldBy(engine, 'the engine');
    if (name === 'worker') processes.push(...(await startWorkers({ url, namespace, agent, capacity }, 1)));
    if (name === 'python') processes.push(startPython(env));
    const starter = await openStarter(projectDir, { url, namespace });
    const close = async (): Promise<void> => {
      await starter.close();
      await end();
    };
    // Until workers are known, a run waits for them.
    await starter.runOnce(definitionFor(name, 1, false));

    return { runOnce: starter.runOnce, pids: processes.map(({ pid = 0 }) => pid), close };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The next message of a process. Rejects where it ends before. */
export async function toldBy(child: ChildProcess, what: string): Promise<unknown> {
  const over = new AbortController();
  const { signal } = over;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([told]) => told as unknown),
      once(child, 'exit', { signal }).then(() => Promise.reject(new Error(`${what} has ended`))),
    ]);
  } finally {
    over.abort();
  }
}

function startPython(env: NodeJS.ProcessEnv): ChildProcess {
  const text = `from threeox_workflow import Worker, serve; serve(Worker(${JSON.stringify(agent)}, lambda work: {"value": "x" * 80}, capacity=${capacity}))`;

  return spawn('python3', ['-c', text], { env, cwd: pythonFolder, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const over = once(child, 'exit');
  child.kill('SIGKILL');
  await over;
}

/** Starts runs, and hears of their ends from the journal. */
async function openStarter(
  projectDir: string,
  { url, namespace }: { readonly url: string; readonly namespace: string },
): Promise<Omit<Place, 'pids'>> {
  Object.assign(process.env, { NATS_URL: url, WORKFLOW_NAMESPACE: namespace });
  const session = await openSession({ projectDir, engine: 'none' }, () => undefined);
  const { journal } = session.stream;
  const stop = new AbortController();
  const ends = new Map<string, (status: string) => void>();
  const early = new Map<string, string>();
  const after = await journal.end();
  void (async () => {
    for await (const stored of journal.watch({ after, signal: stop.signal })) {
      const status = stored.kind === 'record' ? stored.record.data.head.status : 'RUNNING';
      if (!isFinal(status)) continue;
      const ended = ends.get(stored.run);
      if (ended === undefined) early.set(stored.run, status);
      else ended(status);
    }
  })();

  return {
    runOnce: async (definition) => {
      const began = performance.now();
      const answer = await session.workflows.start({ definition, file: 'bench', input: {}, actor: 'bench' });
      if (!answer.ok) throw new Error(answer.refusal.message);
      const status =
        early.get(answer.run) ?? (await new Promise<string>((resolve) => ends.set(answer.run, resolve)));
      ends.delete(answer.run);
      early.delete(answer.run);
      if (status !== 'COMPLETED') throw new Error(`run ended ${status}`);

      return performance.now() - began;
    },
    close: async () => {
      stop.abort();
      await session.close();
    },
  };
}
