// Engines and workers as processes that may be killed, and what is compared when all runs have ended: what the workers
// began with what is in the journal.

import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { FactMembers } from '../../events/catalogue.ts';
import type { Journal } from '../../src/ports/runs/journal.ts';
import { createMortalProcess, type MortalProcess } from '../support/mortal-process.ts';
import { endedAttempt } from './findings.ts';
import { builtCli } from './station.ts';

export type Language = 'typescript' | 'python';

/** An agent that a worker process serves. */
export type ServedAgent = {
  readonly agent: string;
  readonly skills: readonly string[];
  readonly capacity: number;
};

/** Where processes run: the server and the namespace are in the environment. */
export type Surroundings = { readonly cwd: string; readonly env: Readonly<Record<string, string>> };

export type CarriedOut = {
  /** What ends attempts, in the order of the journal: the key of each as often as its end is recorded. */
  readonly ends: readonly string[];
  /** How often a worker was taken for dead. */
  readonly deaths: number;
  /** The attempts that were begun more than once. */
  readonly begunAgain: readonly string[];
  /** What must not be: attempts begun after their end, begun again with no reason, or ended without a beginning. */
  readonly wrongs: readonly string[];
};

const notingWorker = fileURLToPath(new URL('./noting-worker.mjs', import.meta.url));
const notingWorkerInPython = fileURLToPath(new URL('./noting-worker.py', import.meta.url));

export const isPythonThere = spawnSync('python3', ['--version']).status === 0;

export function engineProcess({ cwd, env }: Surroundings): MortalProcess {
  return createMortalProcess({
    command: process.execPath,
    args: [builtCli, 'serve'],
    cwd,
    env,
    ready: 'engine ready',
  });
}

export function workerProcess(
  language: Language,
  agents: readonly ServedAgent[],
  { cwd, env }: Surroundings,
): MortalProcess {
  const [last] = agents.slice(-1);
  const given = { cwd, env: { ...env, AGENTS: JSON.stringify(agents) } };

  return language === 'python'
    ? createMortalProcess({
        ...given,
        command: 'python3',
        args: [notingWorkerInPython],
        ready: `worker of ${last?.agent} ready`,
      })
    : createMortalProcess({
        ...given,
        command: process.execPath,
        args: [notingWorker],
        ready: 'workers ready',
      });
}

/** `killed`: the ids of the worker processes that were killed. */
export async function readCarriedOut(
  journal: Journal,
  effectsFile: string,
  killed: ReadonlySet<number>,
): Promise<CarriedOut> {
  const begun = await readBegun(effectsFile);
  const { ends, deaths } = await readEnds(journal);
  const endedAt = new Map(ends.map(({ key, atMs }) => [key, atMs]));
  const late = [...begun].flatMap(([key, times]) =>
    times.filter(({ atMs }) => atMs > (endedAt.get(key) ?? 0)).map(() => `${key} was begun after its end`),
  );
  const needless = [...begun].flatMap(([key, times]) => {
    const alive = times.slice(0, -1).filter(({ worker }) => !killed.has(worker));
    const reasons = deaths.filter((lost) => lost === key).length;
    return alive.length > reasons ? [`${key} was begun again while its worker was thought alive`] : [];
  });
  const unbegun = [...endedAt.keys()].filter((key) => !begun.has(key)).map((key) => `${key} was never begun`);

  return {
    ends: ends.map(({ key }) => key),
    deaths: deaths.length,
    begunAgain: [...begun].filter(([, times]) => times.length > 1).map(([key]) => key),
    wrongs: [...late, ...needless, ...unbegun],
  };
}

type Begun = { readonly worker: number; readonly atMs: number };

async function readBegun(file: string): Promise<ReadonlyMap<string, readonly Begun[]>> {
  const begun = new Map<string, Begun[]>();
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    const [key = '', worker, atMs] = line.split(' ');
    if (key === '') continue;
    const times = begun.get(key) ?? [];
    times.push({ worker: Number(worker), atMs: Number(atMs) });
    begun.set(key, times);
  }

  return begun;
}

async function readEnds(journal: Journal) {
  const ends: { readonly key: string; readonly atMs: number }[] = [];
  const deaths: string[] = [];
  for await (const { run } of journal.lastOfEach()) {
    for await (const stored of journal.read(run)) {
      if (stored.kind === 'foreign') throw new Error(`${run} at ${stored.position}: ${stored.reason}`);
      const { record } = stored;
      const key = endedAttempt(run, record);
      if (key !== undefined) ends.push({ key, atMs: Date.parse(record.time) });
      const { task, attempt, lost }: FactMembers = record.data.fact;
      if (lost !== undefined) deaths.push(`${run}/${task}/${attempt}`);
    }
  }

  return { ends, deaths };
}
