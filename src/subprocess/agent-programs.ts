import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pausing } from '../lib/abort.ts';
import { delay } from '../lib/deadline.ts';
import { messageOf } from '../lib/text.ts';
import type { Clock } from '../ports/clock.ts';
import { startGroup } from './process-group.ts';

/** The worker of an agent, and what starts it. */
export type AgentProgram = { readonly agent: string; readonly command: readonly string[] };

export type AgentPrograms = {
  /** These run from now on, and no others. One whose command is the same goes on running. */
  readonly replace: (programs: readonly AgentProgram[]) => void;
  /** Ends all of them, with everything that they started. */
  readonly end: () => Promise<void>;
};

type Deps = {
  readonly projectDir: string;
  readonly clock: Clock;
  /** Told of each line that a program prints, and of its starts and ends. */
  readonly say: (agent: string, line: string) => void;
};

/** How soon a program is started again, and how late at most; one that ran for so long has recovered. */
const pauseMsMin = 500;
const pauseMsMax = 30_000;
const calmMs = 10_000;
const graceMs = 2_000;
const lookEveryMs = 400;

/** Keeps programs running: each is started again when it ends, and when a file that its command names changes. */
export function createAgentPrograms(deps: Deps): AgentPrograms {
  const running = new Map<string, { readonly stop: AbortController; readonly over: Promise<void> }>();
  const leaving = new Set<Promise<void>>();

  function leave(key: string): void {
    const found = running.get(key);
    if (found === undefined) return;
    running.delete(key);
    found.stop.abort();
    leaving.add(found.over);
    void found.over.finally(() => leaving.delete(found.over));
  }

  return {
    replace: (programs) => {
      const wanted = new Map(programs.map((program) => [JSON.stringify(program), program]));
      for (const key of [...running.keys()]) if (!wanted.has(key)) leave(key);
      for (const [key, program] of wanted) {
        if (running.has(key)) continue;
        const stop = new AbortController();
        running.set(key, { stop, over: keepRunning(program, deps, stop.signal) });
      }
    },
    end: async () => {
      for (const key of [...running.keys()]) leave(key);
      await Promise.all(leaving);
    },
  };
}

async function keepRunning({ agent, command }: AgentProgram, deps: Deps, stop: AbortSignal): Promise<void> {
  const { clock, say } = deps;
  let pauseMs = pauseMsMin;
  while (!stop.aborted) {
    const beganMs = clock.steady();
    const edited = new AbortController();
    const until = AbortSignal.any([stop, edited.signal]);
    void abortWhenEdited(command, deps, edited, until);
    const how = await runProgram({ agent, command }, deps, until);
    if (!until.aborted) {
      if (clock.steady() - beganMs >= calmMs) pauseMs = pauseMsMin;
      say(agent, `${how}; it is started again in ${pauseMs / 1_000} s`);
      await pausing(clock, pauseMs, until);
      pauseMs = Math.min(2 * pauseMs, pauseMsMax);
    }
    if (edited.signal.aborted && !stop.aborted) {
      say(agent, `${String(edited.signal.reason)} has changed: it is started again`);
      pauseMs = pauseMsMin;
    }
    edited.abort();
  }
}

/** Resolves with how it ended. */
async function runProgram(
  { agent, command }: AgentProgram,
  { projectDir, say }: Deps,
  until: AbortSignal,
): Promise<string> {
  const [file = '', ...args] = command;
  const { child, group } = startGroup(() =>
    spawn(file, args, {
      cwd: projectDir,
      env: { ...process.env, WORKFLOW_AGENT: agent },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    }),
  );
  const end = (): void => void group?.end(graceMs);
  until.addEventListener('abort', end, { once: true });
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => say(agent, line));
  try {
    if (child.pid !== undefined) say(agent, `started, process ${child.pid}`);
    // It may have been stopped before there was anything to stop.
    if (until.aborted) end();
    const [code, killedBy] = await once(child, 'exit');

    return killedBy === null ? `it ended with exit code ${code}` : `it was ended by ${killedBy}`;
  } catch (error) {
    return `it cannot be started: ${messageOf(error)}`;
  } finally {
    until.removeEventListener('abort', end);
    // What it started is of no use without it.
    await group?.end(graceMs);
  }
}

async function abortWhenEdited(
  command: readonly string[],
  { projectDir, clock }: Deps,
  edited: AbortController,
  until: AbortSignal,
): Promise<void> {
  const paths = command.flatMap((word) => word.split(/\s+/)).flatMap((word) => pathIn(projectDir, word));
  const look = () => Promise.all(paths.map(stampOf));
  const first = await look();
  while (!until.aborted) {
    await delay(clock, lookEveryMs);
    const now = await look();
    const at = now.findIndex((stamp, index) => stamp !== first[index] && stamp !== 'gone');
    if (at !== -1 && !until.aborted) edited.abort(relative(projectDir, paths[at] ?? ''));
  }
}

/** What is outside of the project is not edited with it. */
function pathIn(projectDir: string, word: string): readonly string[] {
  const path = resolve(projectDir, word);
  const inside = relative(projectDir, path);

  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? [] : [join(projectDir, inside)];
}

async function stampOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);

  return found?.isFile() === true ? `${found.ino} ${found.mtimeMs} ${found.size}` : 'gone';
}
