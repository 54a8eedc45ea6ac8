import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, mkdir, open, readFile, stat, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errorNumber } from '../files/file-failure.ts';
import { ownMode } from '../files/private-file.ts';
import { isRunning } from '../files/process-here.ts';
import { megabytes } from '../lib/text.ts';
import { readPorts, removeStalePorts } from './ports-file.ts';
import { firstLineOf, NatsServerError } from './server-error.ts';
import { stopProcess } from './server-process.ts';
import { type Command, holdingStore, isStoreHeld, lostStore } from './store-lock.ts';
import { FREE_BYTES_MIN } from './store-trouble.ts';

const LIMIT_MS = 2_000;

const INFO_BYTES_MAX = 64 * 1024;

const TAIL_LINES = 8;

export type LaunchOptions = {
  readonly binary: string;
  readonly config: string;
  /** Streams, the ports file and, unless `logFile` says otherwise, the log are kept here. */
  readonly storeDir: string;
  /** 0 or none: a free one. */
  readonly port?: number;
  readonly host?: string;
  /** The server outlives this process and does not keep it alive. */
  readonly detached?: boolean;
  readonly logFile?: string;
  /** How the server calls itself to clients; tells ours from a stranger on the same port. */
  readonly serverName?: string;
  readonly freeBytesMin?: number;
  readonly readyMsMax?: number;
  /** Called as soon as the process exists, long before it answers. */
  readonly onSpawned?: (pid: number) => Promise<void>;
};

/** A server that answers. */
export type RunningServer = {
  readonly url: string;
  readonly pid: number;
  readonly port: number;
  /** Where `/varz` is, when the configuration turns monitoring on. */
  readonly monitorUrl?: string;
  readonly stop: () => Promise<void>;
};

const POLL_MS = 20;

// Recovering a large store takes time; a server that cannot start ends by itself and is not waited for.
const READY_MS_MAX = 60_000;

/** Starts a real nats-server with JetStream and resolves when it accepts connections. */
export async function launchServer(given: LaunchOptions): Promise<RunningServer> {
  // The server works in its own folder, so that it does not hold on to the one the command was given in.
  const options = { ...given, config: resolve(given.config), storeDir: resolve(given.storeDir) };
  const { storeDir, readyMsMax = READY_MS_MAX } = options;
  await assertWritable(storeDir);
  await assertFreeSpace(storeDir, options.freeBytesMin ?? FREE_BYTES_MIN);
  await removeStalePorts(portsDir(storeDir));
  if (await isStoreHeld(storeDir)) throw storeOwned(storeDir);

  const child = await spawnServer(options);
  const { pid } = child;
  try {
    await options.onSpawned?.(pid);
    return await untilReady(child, options, performance.now() + readyMsMax);
  } catch (error) {
    await stopProcess(pid);
    throw error;
  }
}

/** Where a server that keeps its store in `storeDir` says which ports it got. */
export function portsDir(storeDir: string): string {
  return join(storeDir, 'ports');
}

type ServerProcess = ChildProcess & { readonly pid: number };

async function spawnServer(options: LaunchOptions): Promise<ServerProcess> {
  const { binary, storeDir, detached = false } = options;
  await mkdir(portsDir(storeDir), { recursive: true });
  // Opening truncates: the log tells of one life of the server and cannot grow over all of them.
  const log = await open(logFileOf(options), 'w', 0o600);
  try {
    await access(binary, constants.X_OK);
    const server = { file: binary, args: argumentsOf(options) };
    const { file, args } = ownFilesOnly(await holdingStore(storeDir, server), await ownMode(storeDir));
    const child = spawn(file, args, {
      cwd: storeDir,
      detached,
      stdio: ['ignore', log.fd, log.fd],
    });
    await once(child, 'spawn');
    if (detached) child.unref();
    if (!hasPid(child)) throw new Error('no process id was given');
    return child;
  } catch (error) {
    throw new NatsServerError('nats.server-unusable', `${binary} cannot be started: ${String(error)}`, error);
  } finally {
    await log.close();
  }
}

/** What the server writes is for those alone who may use the folder. The mask of this process is not ours to change. */
function ownFilesOnly({ file, args }: Command, mode: number): Command {
  if (process.platform === 'win32') return { file, args };
  const mask = mode === 0o600 ? '077' : '007';

  return { file: '/bin/sh', args: ['-c', `umask ${mask} && exec "$@"`, 'sh', file, ...args] };
}

function argumentsOf({
  config,
  storeDir,
  port = 0,
  host = '127.0.0.1',
  serverName,
}: LaunchOptions): string[] {
  const name = serverName === undefined ? [] : ['-n', serverName];
  // To the server, 0 is its default port and -1 a free one.
  const portText = port > 0 ? String(port) : '-1';

  return [
    '-js',
    '-c',
    config,
    '-sd',
    storeDir,
    '-a',
    host,
    '-p',
    portText,
    '--ports_file_dir',
    portsDir(storeDir),
    ...name,
  ];
}

async function untilReady(
  child: ServerProcess,
  options: LaunchOptions,
  deadline: number,
): Promise<RunningServer> {
  const { storeDir, host = '127.0.0.1', serverName } = options;
  const { pid } = child;
  while (performance.now() < deadline) {
    if (!(await isRunning(pid))) throw await explainEnd(child, options);
    const ports = await readPorts(portsDir(storeDir), pid);
    const info = ports && (await readServerInfo({ host, port: ports.port }));
    if (ports && info && (serverName === undefined || info.name === serverName)) {
      const { port, monitorUrl } = ports;
      const url = `nats://${host}:${port}`;
      return {
        url,
        pid,
        port,
        ...(monitorUrl === undefined ? {} : { monitorUrl }),
        stop: () => stopProcess(pid),
      };
    }
    await delay(POLL_MS);
  }

  throw explainExit(await readLog(options), options);
}

async function explainEnd(child: ServerProcess, options: LaunchOptions): Promise<NatsServerError> {
  // The event of its end may come a moment after it is gone.
  await delay(POLL_MS);

  return lostStore(child.exitCode)
    ? storeOwned(options.storeDir)
    : explainExit(await readLog(options), options);
}

async function readLog(options: LaunchOptions): Promise<string> {
  return readFile(logFileOf(options), 'utf8').catch(() => '');
}

function logFileOf({ logFile, storeDir }: LaunchOptions): string {
  return logFile ?? join(storeDir, 'server.log');
}

function hasPid(child: ChildProcess): child is ServerProcess {
  return child.pid !== undefined;
}

type Start = { readonly storeDir: string; readonly config: string; readonly port?: number };

/** Two servers on one store destroy it. `holder` says in words who the other one is, where that is known. */
export function storeOwned(storeDir: string, holder = 'another process'): NatsServerError {
  return new NatsServerError(
    'nats.store-owned',
    `${holder} holds the store ${storeDir}, and a second server would destroy it; end that one where it runs ` +
      '(`workflow down`), or name a server that both can reach by NATS_URL. If you know that it is gone for good, ' +
      `remove ${join(dirname(storeDir), 'server.json')}`,
  );
}

/** Turns the log of a server that did not come up into the error that says what to do. */
function explainExit(log: string, { storeDir, config, port }: Start): NatsServerError {
  const fatal = /\[FTL\] (.*)/.exec(log)?.[1] ?? '';

  if (fatal.includes('address already in use')) {
    const message = `port ${port ?? '(free)'} is taken by another program; choose another port or end that program`;
    return new NatsServerError('nats.port-taken', message);
  }
  if (log.includes('no space left on device')) {
    return new NatsServerError(
      'nats.disk-full',
      `the disk of ${storeDir} is full; make room and start again`,
    );
  }
  if (log.includes('too many open files')) {
    const message = `nats-server may open too few files: raise the limit (ulimit -n) where it is started`;
    return new NatsServerError('nats.too-many-files', message);
  }
  if (/storage directory|permission denied|read-only file system/.test(fatal)) {
    const message = `the server cannot store in ${storeDir} (${fatal}); check its owner and permissions`;
    return new NatsServerError('nats.store-not-writable', message);
  }
  if (/^nats-server: /m.test(log)) {
    const reason = /^nats-server: (.*)/m.exec(log)?.[1];
    return new NatsServerError('nats.start-failed', `nats-server refuses ${config}: ${reason}`);
  }

  return new NatsServerError(
    'nats.start-failed',
    `nats-server did not come up; its log ends with:\n${tail(log)}`,
  );
}

function tail(log: string): string {
  const lines = log.trimEnd().split('\n').slice(-TAIL_LINES);

  return lines.map((line) => `  ${line}`).join('\n');
}

/** What a server says of itself to everyone who connects. */
type ServerInfo = {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** `host:port` of each server of its cluster that it knows to be up, itself included; none without a cluster. */
  readonly clusterUrls: readonly string[];
};

type Address = { readonly host: string; readonly port: number; readonly limitMs?: number };

/** Connects, reads the greeting and leaves. Undefined when nobody answers, or somebody who is no NATS server. */
export function readServerInfo({ host, port, limitMs = LIMIT_MS }: Address): Promise<ServerInfo | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let received = '';
    const finish = (info: ServerInfo | undefined) => {
      socket.destroy();
      resolve(info);
    };

    socket.setEncoding('utf8');
    socket.setTimeout(limitMs, () => finish(undefined));
    socket.on('error', () => finish(undefined));
    socket.on('close', () => finish(undefined));
    socket.on('data', (chunk: string) => {
      received += chunk;
      if (received.includes('\r\n')) finish(parseInfo(received.slice(0, received.indexOf('\r\n'))));
      else if (received.length > INFO_BYTES_MAX) finish(undefined);
    });
  });
}

function parseInfo(line: string): ServerInfo | undefined {
  if (!line.startsWith('INFO ')) return undefined;
  try {
    const info: unknown = JSON.parse(line.slice('INFO '.length));
    if (typeof info !== 'object' || info === null) return undefined;
    const { server_id: id, server_name: name, version, connect_urls: urls } = info as Record<string, unknown>;
    if (typeof name !== 'string' || typeof version !== 'string') return undefined;
    const clusterUrls = Array.isArray(urls) ? urls.filter((url) => typeof url === 'string') : [];

    return { id: String(id), name, version, clusterUrls };
  } catch {
    return undefined;
  }
}

/** Makes the folder if need be; throws when the server could not store there. */
export async function assertWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EROFS') {
      const message = `the file system of ${folder} is read-only; mount it for writing`;
      throw new NatsServerError('nats.store-read-only', message, error);
    }
    throw await notOurs(folder, error);
  }
}

/** The folder of the server cannot be used by this account. */
export async function notOurs(folder: string, error: unknown): Promise<NatsServerError> {
  const owner = await ownerOf(folder);
  const own = process.getuid?.();
  const isDenied = ['EACCES', 'EPERM'].includes(errorNumber(error) ?? '');
  const fix =
    isDenied && owner !== own
      ? `the project belongs to another account (uid ${owner}, and this is uid ${own}): run this as that one`
      : 'check its owner and permissions';

  return new NatsServerError(
    'nats.store-not-writable',
    `the server cannot store in ${folder} (${firstLineOf(error)}); ${fix}`,
    error,
  );
}

/** Of the folder, or of the first above it that can be looked at. */
async function ownerOf(folder: string): Promise<number | undefined> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats !== undefined) return stats.uid;

  return dirname(folder) === folder ? undefined : ownerOf(dirname(folder));
}

/** A server on a full disk starts, says it is ready, and then lets every publish time out: so we look first. */
async function assertFreeSpace(folder: string, bytesMin: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytesMin) return;

  throw new NatsServerError(
    'nats.disk-full',
    `the disk of ${folder} has ${megabytes(free)} free and the server needs ${megabytes(bytesMin)}; make room`,
  );
}
