import { readlinkSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** This machine, and the process ids that mean something here: two containers may share a host name. */
export function thisPlace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/**
 * Whether a process runs. A zombie does not: where nobody reaps orphans (a container whose first process is
 * not an init), a dead server would otherwise look alive for ever. But a thread that waits for the disk outlives the
 * first one, which is a zombie by then, and keeps the ports.
 */
export async function isRunning(pid: number): Promise<boolean> {
  if (!exists(pid)) return false;
  const state = await stateOf(pid);

  // No state: there is no /proc here, or the process was reaped since the first look.
  if (state === undefined) return exists(pid);
  if (state !== 'Z' && state !== 'X') return true;

  return (await threadsOf(pid)) > 1;
}

/** Whether no process of this machine has the id. A zombie has it: `isRunning` looks closer. */
export function isGone(pid: number): boolean {
  return !exists(pid);
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Not allowed to signal it means that it is there, under another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function stateOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);

  // The program's name stands in parentheses and may hold spaces and parentheses itself.
  return stat?.slice(stat.lastIndexOf(')') + 2).charAt(0);
}

async function threadsOf(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/task`).catch(() => [])).length;
}
