import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { DeclaredAgents } from '../../machines/agents/load-agents.ts';
import { declaredPath } from '../files/local-definitions.ts';
import { messageOf } from '../lib/text.ts';
import type { Clock } from '../ports/clock.ts';
import { type AgentsFile, AgentsInvalid, agentsFileName } from '../ports/work/agent-admin.ts';
import { readAgents } from './read-agents.ts';

export type AgentsFileOptions = {
  readonly projectDir: string;
  readonly clock: Clock;
  /** Told once for every state of the file that cannot be used: what it said before counts. And when it is mended. */
  readonly onProblem: (message: string) => void;
};

const lookEveryMs = 1_000;
const nobody: DeclaredAgents = { agents: [], principals: [], skills: [] };

/**
 * Reads agents.yaml and looks after it: a change counts as soon as the file has been the same for two looks. Rejects
 * with AgentsInvalid when it cannot be used to begin with.
 */
export async function openAgentsFile({
  projectDir,
  clock,
  onProblem,
}: AgentsFileOptions): Promise<AgentsFile> {
  const path = declaredPath(projectDir, agentsFileName);
  const listeners = new Set<() => void>();
  // Taken before the file is read: what is written in between is seen by the first look.
  let read = await stampOf(path);
  let seen = read;
  let current = read === absent ? nobody : await readAgents(path);
  let trouble: string | undefined;
  let isBroken = false;
  let closed = false;
  let cancel = clock.after(lookEveryMs, () => void look());

  async function look(): Promise<void> {
    try {
      const stamp = await stampOf(path);
      // Somebody may be in the middle of writing it.
      if (stamp !== read && stamp === seen) await readAgain(stamp);
      seen = stamp;
      trouble = undefined;
    } catch (error) {
      const message = `${agentsFileName} cannot be looked at: ${messageOf(error)}`;
      if (message !== trouble) onProblem(message);
      trouble = message;
    }
    if (!closed) cancel = clock.after(lookEveryMs, () => void look());
  }

  async function readAgain(stamp: string): Promise<void> {
    read = stamp;
    if (stamp === absent) {
      isBroken = true;
      onProblem(`${agentsFileName} is gone; what it said last counts until the engine is started again`);
      return;
    }
    try {
      current = await readAgents(path);
    } catch (error) {
      isBroken = true;
      const why = error instanceof AgentsInvalid ? error.text : messageOf(error);
      onProblem(`${agentsFileName} cannot be used; what it said before counts:\n${why}`);
      return;
    }
    if (isBroken) onProblem(`${agentsFileName} can be used again; what it says now counts`);
    isBroken = false;
    if (!closed) for (const listener of [...listeners]) listener();
  }

  return {
    current: () => current,
    onChange: (listener) => {
      listeners.add(listener);

      return () => void listeners.delete(listener);
    },
    close: () => {
      closed = true;
      cancel();
    },
  };
}

const absent = 'absent';

/** Tells one state of the file from another without reading it. */
async function stampOf(path: string): Promise<string> {
  const found: Stats | undefined = await stat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });

  return found === undefined ? absent : `${found.ino} ${found.mtimeMs} ${found.size}`;
}
