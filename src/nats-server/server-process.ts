import { readFile, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning } from '../files/process-here.ts';
import { replaceOwn } from './server-login.ts';

const PORT_MAX = 65_535;

const POLL_MS = 20;

const GRACE_MS = 5_000;

const KILL_WAIT_MS = 5_000;

/** Whether the process was started with this argument: a pid alone may have been given to another program. */
export async function hasArgument(pid: number, argument: string): Promise<boolean> {
  if (process.platform === 'linux') {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return commandLine.split('\0').includes(argument);
  }
  // Elsewhere the arguments come joined by spaces, so one that holds spaces cannot be told from two.
  const { execa } = await import('execa');
  const { stdout } = await execa('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { reject: false });

  return ` ${stdout} `.includes(` ${argument} `);
}

/** Terminate, wait, kill. Resolves when the process is gone. */
export async function stopProcess(pid: number, graceMs = GRACE_MS): Promise<void> {
  signal(pid, 'SIGTERM');
  if (await waitUntilGone(pid, graceMs)) return;

  signal(pid, 'SIGKILL');
  if (await waitUntilGone(pid, KILL_WAIT_MS)) return;

  throw new Error(
    `process ${pid} is still there after SIGKILL; it hangs in the kernel, likely on a broken disk`,
  );
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // Already gone is what was asked for.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return;
    throw error;
  }
}

async function waitUntilGone(pid: number, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (performance.now() < deadline) {
    if (!(await isRunning(pid))) return true;
    await delay(POLL_MS);
  }

  return !(await isRunning(pid));
}

/** What is noted of a project's server, so that the next command finds it. */
export type ServerRecord = {
  readonly pid: number;
  /** Given to the server on its command line and told by it to clients: the proof that pid and port are still its. */
  readonly name: string;
  readonly binary: string;
  readonly startedAt: string;
  /** The real path of the folder it was written in; none in one of an older version. */
  readonly folder?: string;
  /** The machine and its namespace of process ids, in which `pid` means something. */
  readonly place?: string;
  /** It holds the lock of the store for as long as it lives. */
  readonly locked?: boolean;
  /** The mark of the password that it was started with; none for one of an older version, which has no password. */
  readonly password?: string;
  /** These are there once the server answers. */
  readonly port?: number;
  readonly url?: string;
  readonly monitorUrl?: string;
};

/** Undefined when there is none, or what is there is none of ours. */
export async function readRecord(folder: string): Promise<ServerRecord | undefined> {
  try {
    const found = JSON.parse(await readFile(pathOf(folder), 'utf8')) as Partial<ServerRecord> | null;
    const { pid, name, binary, startedAt } = found ?? {};
    if (!Number.isInteger(pid) || pid === undefined || pid <= 0) return undefined;
    if (typeof name !== 'string' || typeof binary !== 'string' || typeof startedAt !== 'string')
      return undefined;
    if (await isOfAnother(folder, found?.folder)) return undefined;

    return { ...found, pid, name, binary, startedAt };
  } catch {
    return undefined;
  }
}

/**
 * Whether the record came here with a copy of a project: the folder that it was written in is there still, and is
 * another one. A project that was moved, or has another path in a container, keeps its server.
 */
async function isOfAnother(folder: string, writtenIn: string | undefined): Promise<boolean> {
  if (writtenIn === undefined || writtenIn === (await realpath(folder))) return false;
  const [here, there] = await Promise.all(
    [folder, writtenIn].map((path) => stat(path).catch(() => undefined)),
  );

  return here !== undefined && there !== undefined && (here.ino !== there.ino || here.dev !== there.dev);
}

/** Replaces the record in one step: a reader sees the old one or the new one. Only under the project's lock. */
export async function writeRecord(folder: string, record: ServerRecord): Promise<void> {
  await replaceOwn(pathOf(folder), `${JSON.stringify(record, null, 2)}\n`);
}

export async function removeRecord(folder: string): Promise<void> {
  await rm(pathOf(folder), { force: true });
}

/** The port that the project's server had last, also after it was stopped. */
export async function readLastPort(folder: string): Promise<number | undefined> {
  const port = Number(await readFile(portPathOf(folder), 'utf8').catch(() => ''));

  return Number.isInteger(port) && port > 0 && port <= PORT_MAX ? port : undefined;
}

/** Clients that run look for the server where it was: so the next one is given the same port. */
export async function noteLastPort(folder: string, port: number): Promise<void> {
  await replaceOwn(portPathOf(folder), `${port}\n`);
}

function portPathOf(folder: string): string {
  return join(folder, 'server.port');
}

function pathOf(folder: string): string {
  return join(folder, 'server.json');
}
