import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { assertWritable } from './check-store.ts';
import { withFileLock } from './file-lock.ts';
import { findServer } from './find-server.ts';
import { type LaunchOptions, launchServer, portsDir, type RunningServer } from './launch-server.ts';
import { pidsWithPorts, readPorts } from './ports-file.ts';
import type { Environment } from './server-binary.ts';
import { NatsServerError } from './server-error.ts';
import { readServerInfo } from './server-info.ts';
import { hasArgument, isRunning, stopProcess } from './server-process.ts';
import {
  noteLastPort,
  readLastPort,
  readRecord,
  removeRecord,
  type ServerRecord,
  writeRecord,
} from './server-record.ts';
import { shippedConfig } from './shipped-config.ts';

/** A project's server, found alive or brought up. */
export type EmbeddedServer = {
  readonly url: string;
  readonly pid: number;
  /** Whether this call brought it up. */
  readonly started: boolean;
  /** Where `/varz` is. */
  readonly monitorUrl?: string;
};

type EnsureOptions = {
  readonly projectDir: string;
  readonly env: Environment;
  readonly onProgress?: (message: string) => void;
};

const POLL_MS = 50;
const ANSWER_MS_MAX = 20_000;
/** Longer than a holder may take: wait for an answer, stop, start. */
const LOCK_WAIT_MS = 120_000;
const HOST = '127.0.0.1';

/** The one server of a project, which outlives the command that needed it first. */
export async function ensureEmbeddedServer(options: EnsureOptions): Promise<EmbeddedServer> {
  const { projectDir, env, onProgress = () => {} } = options;
  const folder = folderOf(projectDir);
  const alive = await findAlive(folder);
  if (alive !== undefined) return { ...alive, started: false };

  await assertWritable(folder);
  // Outside the lock, because provisioning may take minutes and has a lock of its own.
  const { path: binary } = await findServer({ env, onProgress });
  return underLock(folder, async () => {
    const startedByOther = await findAlive(folder);
    if (startedByOther !== undefined) return { ...startedByOther, started: false };
    const recovering = await waitForRecorded(folder);
    if (recovering !== undefined) return { ...recovering, started: false };
    // Two servers on one store destroy it. One that runs without answering has to go first.
    await endServers(folder);
    onProgress("starting the project's NATS server");

    return { ...(await start(folder, binary)), started: true };
  });
}

/** Ends a project's server. Its store stays. */
export async function stopEmbeddedServer(projectDir: string): Promise<'stopped' | 'not-running'> {
  const folder = folderOf(projectDir);
  if (!existsSync(folder)) return 'not-running';

  return underLock(folder, () => endServers(folder));
}

type Alive = Omit<EmbeddedServer, 'started'>;

async function findAlive(folder: string): Promise<Alive | undefined> {
  const record = await readRecord(folder);
  if (record === undefined || !(await isRunning(record.pid))) return undefined;
  // Its starter may have died after the start and before the server had told its ports.
  const ports = record.port === undefined ? await readPorts(portsDir(storeOf(folder)), record.pid) : record;
  if (ports?.port === undefined) return undefined;
  const info = await readServerInfo({ host: HOST, port: ports.port });
  if (info?.name !== record.name) return undefined;

  return {
    url: `nats://${HOST}:${ports.port}`,
    pid: record.pid,
    ...(ports.monitorUrl === undefined ? {} : { monitorUrl: ports.monitorUrl }),
  };
}

async function start(folder: string, binary: string): Promise<Alive> {
  const begun = {
    name: `3ox-${randomBytes(8).toString('hex')}`,
    binary,
    startedAt: new Date().toISOString(),
  };
  const { url, pid, port, monitorUrl } = await launchOnLastPort(folder, {
    binary,
    config: shippedConfig(),
    storeDir: storeOf(folder),
    logFile: join(folder, 'server.log'),
    serverName: begun.name,
    host: HOST,
    detached: true,
    // Noted before it is ready: if we are killed now, the next command must find it instead of starting a second.
    onSpawned: (pid) => writeRecord(folder, { ...begun, pid }),
  });
  const where = { url, ...(monitorUrl === undefined ? {} : { monitorUrl }) };
  const record: ServerRecord = { ...begun, pid, port, ...where };
  await writeRecord(folder, record);
  await noteLastPort(folder, port);

  return { pid, ...where };
}

// Commands that run have lost their server if there was one before: on the same port they find the new one.
async function launchOnLastPort(folder: string, options: LaunchOptions): Promise<RunningServer> {
  const port = await readLastPort(folder);
  if (port === undefined) return launchServer(options);
  try {
    return await launchServer({ ...options, port });
  } catch (error) {
    if (!(error instanceof NatsServerError) || error.code !== 'nats.port-taken') throw error;
    return launchServer(options);
  }
}

// A server that recovers a large store, or whose machine is busy, is slow to answer and must not be killed for it.
async function waitForRecorded(folder: string): Promise<Alive | undefined> {
  const deadline = performance.now() + ANSWER_MS_MAX;
  while (performance.now() < deadline) {
    const record = await readRecord(folder);
    if (record === undefined || !(await isOurs(record))) return undefined;
    const alive = await findAlive(folder);
    if (alive !== undefined) return alive;
    await delay(POLL_MS);
  }

  return undefined;
}

// The ports files show a server whose starter was killed before it could note it.
async function endServers(folder: string): Promise<'stopped' | 'not-running'> {
  const storeDir = storeOf(folder);
  const record = await readRecord(folder);
  const pids = new Set<number>();
  if (record !== undefined && (await isOurs(record))) pids.add(record.pid);
  for (const pid of await pidsWithPorts(portsDir(storeDir))) {
    if ((await isRunning(pid)) && (await hasArgument(pid, storeDir))) pids.add(pid);
  }
  for (const pid of pids) await stopProcess(pid);
  await removeRecord(folder);

  return pids.size > 0 ? 'stopped' : 'not-running';
}

// The pid alone is no proof: after a reboot it may belong to anybody.
async function isOurs({ pid, name }: ServerRecord): Promise<boolean> {
  return (await isRunning(pid)) && (await hasArgument(pid, name));
}

function underLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  return withFileLock(join(folder, 'server.lock'), { waitMs: LOCK_WAIT_MS }, work);
}

function folderOf(projectDir: string): string {
  return join(resolve(projectDir), '.3ox', 'nats');
}

function storeOf(folder: string): string {
  return join(folder, 'store');
}
