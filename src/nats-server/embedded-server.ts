import { randomBytes } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAbsent } from '../files/file-failure.ts';
import { withFileLock } from '../files/file-lock.ts';
import { shippedPath } from '../files/package-path.ts';
import { isRunning, thisPlace } from '../files/process-here.ts';
import {
  assertWritable,
  type LaunchOptions,
  launchServer,
  notOurs,
  portsDir,
  type RunningServer,
  readServerInfo,
  storeOwned,
} from './launch-server.ts';
import { pidsWithPorts, readPorts } from './ports-file.ts';
import { lockedServer, NatsServerError } from './server-error.ts';
import {
  configMark,
  ensureLogins,
  isConfigured,
  moveStore,
  type ServerLinks,
  type ServerLogin,
  sentOnlyTo,
  strangerOn,
  writeServerConfig,
} from './server-login.ts';
import {
  hasArgument,
  noteLastPort,
  readLastPort,
  readRecord,
  removeRecord,
  type ServerRecord,
  stopProcess,
  writeRecord,
} from './server-process.ts';
import type { ServerEnvironment } from './server-version.ts';
import { assertOfThisMachine, isStoreHeld, locksTell } from './store-lock.ts';
import { type AskHealth, findStoreTrouble, type RefusedStore } from './store-trouble.ts';

/** A project's server, found alive or brought up. */
export type EmbeddedServer = {
  readonly url: string;
  readonly pid: number;
  /** Whether this call brought it up. */
  readonly started: boolean;
  /** Who its clients are. */
  readonly login: ServerLogin;
  /** Who hears and says what goes between stations, where there are others. */
  readonly stationsLogin?: ServerLogin;
  /** Who may ask how it is configured; one of an older version tells at `monitorUrl` instead. */
  readonly monitorLogin?: ServerLogin;
  readonly monitorUrl?: string;
};

/** How many clients a server has besides this process; undefined where it does not say. */
export type AskOtherClients = (server: {
  readonly url: string;
  readonly login: ServerLogin;
}) => Promise<number | undefined>;

type EnsureOptions = {
  readonly projectDir: string;
  readonly env: ServerEnvironment;
  readonly onProgress?: (message: string) => void;
  /** Its links to the servers of other stations; absent where there are none. */
  readonly links?: ServerLinks | undefined;
};

const POLL_MS = 50;
const CONNZ_MS_MAX = 2_000;
const ANSWER_MS_MAX = 20_000;
const CLOSED_MS_MAX = 1_000;
/** Longer than a holder may take: wait for an answer, stop, start. */
const LOCK_WAIT_MS = 120_000;
const HOST = '127.0.0.1';

/** The one server of a project, which outlives the command that needed it first. */
export async function ensureEmbeddedServer(options: EnsureOptions): Promise<EmbeddedServer> {
  const { projectDir, env, onProgress = () => {}, links } = options;
  const folder = folderOf(projectDir);
  const alive = await findAlive(folder);
  const stays = (server: Alive) => staysAsItIs(folder, server, { onProgress, links });
  if (alive !== undefined && (await stays(alive))) return withLogin(folder, { ...alive, started: false });

  await assertWritable(folder);
  await assertOfThisMachine(folder);
  const { findServer } = await import('./provision-server.ts');
  // Outside the lock, because provisioning may take minutes and has a lock of its own.
  const { path: binary } = await findServer({ env, onProgress });
  return underLock(folder, async () => {
    const startedByOther = await findAlive(folder);
    if (startedByOther !== undefined && (await stays(startedByOther)))
      return withLogin(folder, { ...startedByOther, started: false });
    const recovering = startedByOther === undefined ? await waitForRecorded(folder) : undefined;
    if (recovering !== undefined) return withLogin(folder, { ...recovering, started: false });
    // Two servers on one store destroy it. One that runs without answering has to go first.
    await endServers(folder);
    onProgress("starting the project's NATS server");

    return withLogin(folder, { ...(await start(folder, binary, links)), started: true });
  });
}

/** Whether the project's server is up. None is started. */
export async function isServerUp(projectDir: string): Promise<boolean> {
  const folder = folderOf(projectDir);

  return (await isThere(folder)) && (await findAlive(folder)) !== undefined;
}

/**
 * Ends a project's server. Its store stays. `seen` was seen to run with it: it goes too where nothing tells of it any
 * more, because the project was removed.
 */
export async function stopEmbeddedServer(
  projectDir: string,
  seen?: number,
): Promise<'stopped' | 'not-running'> {
  const folder = folderOf(projectDir);
  const outcome = (await isThere(folder)) ? await underLock(folder, () => endServers(folder)) : 'not-running';
  if (seen === undefined || !(await isRunning(seen)) || !(await hasArgument(seen, storeOf(folder))))
    return outcome;
  await stopProcess(seen);

  return 'stopped';
}

/** The same unless anybody else uses it, as far as it tells. */
export async function stopUnusedServer(
  projectDir: string,
  askOthers: AskOtherClients,
): Promise<'stopped' | 'not-running' | 'in-use'> {
  const folder = folderOf(projectDir);
  if (!(await isThere(folder))) return 'not-running';

  return underLock(folder, async () => ((await isUsed(folder, askOthers)) ? 'in-use' : endServers(folder)));
}

/** Why the project's server stores nothing, where that can be seen from here. */
export async function embeddedServerTrouble(
  projectDir: string,
  askHealth: AskHealth,
): Promise<RefusedStore | undefined> {
  return findStoreTrouble(folderOf(projectDir), askHealth);
}

/**
 * Starts a server anew that stores nothing any more, unless somebody else did so meanwhile: it is the one of this name,
 * and stores nothing still. Resolves with whether it was started anew here.
 */
export async function restartEmbeddedServer(
  options: EnsureOptions & { readonly askHealth: AskHealth },
  name: string,
): Promise<boolean> {
  const folder = folderOf(options.projectDir);
  const { findServer } = await import('./provision-server.ts');
  const { path: binary } = await findServer(options);

  return underLock(folder, async () => {
    if ((await findStoreTrouble(folder, options.askHealth))?.restart !== name) return false;
    await endServers(folder);
    await start(folder, binary, options.links);

    return true;
  });
}

type Alive = Pick<EmbeddedServer, 'url' | 'pid' | 'monitorUrl'> & {
  readonly port: number;
  /** The mark of the password that it was started with; none for one of an older version. */
  readonly password?: string;
};

async function withLogin(
  folder: string,
  { port, password, ...server }: Alive & { readonly started: boolean },
): Promise<EmbeddedServer> {
  const { project, monitor, stations } = await ensureLogins(folder);
  const login = sentOnlyTo(port, folder, project);
  if (password === undefined) return { ...server, login };
  const [monitorLogin, stationsLogin] = [monitor, stations].map((each) => sentOnlyTo(port, folder, each));

  return {
    ...{ ...server, login },
    ...(monitorLogin === undefined ? {} : { monitorLogin }),
    ...(stationsLogin === undefined ? {} : { stationsLogin }),
  };
}

/**
 * Whether a server that runs is left alone. One that has another password than the one that is written down is not:
 * whoever uses it reads the new one as it comes back. One of an older version has none, and gets one once nobody uses
 * it, because its clients would not know it.
 */
async function staysAsItIs(
  folder: string,
  { password, monitorUrl }: Alive,
  {
    onProgress,
    links,
  }: { readonly onProgress: (message: string) => void; readonly links: ServerLinks | undefined },
): Promise<boolean> {
  const logins = await ensureLogins(folder);
  if (password !== undefined) return isConfigured(password, configMark(logins, links));
  if ((await connectionsOf(monitorUrl)) === 0) return false;
  onProgress(
    "the project's NATS server was started by an older version and has no password yet: it gets one at the first " +
      'command after all that uses it has ended, or after `workflow down`',
  );

  return true;
}

/** Undefined where it cannot be told. */
async function connectionsOf(monitorUrl: string | undefined): Promise<number | undefined> {
  if (monitorUrl === undefined) return undefined;
  try {
    const answer = await fetch(new URL('/connz', monitorUrl), { signal: AbortSignal.timeout(CONNZ_MS_MAX) });
    const { num_connections: count } = (await answer.json()) as { readonly num_connections?: unknown };

    return typeof count === 'number' ? count : undefined;
  } catch {
    return undefined;
  }
}

async function isUsed(folder: string, askOthers: AskOtherClients): Promise<boolean> {
  const alive = await findAlive(folder);
  if (alive === undefined) return false;
  const { url, monitorUrl, monitorLogin: login } = await withLogin(folder, { ...alive, started: false });
  const deadline = performance.now() + CLOSED_MS_MAX;
  // A connection that was closed just now may be counted still.
  while (performance.now() < deadline) {
    const others = await (login === undefined ? connectionsOf(monitorUrl) : askOthers({ url, login }));
    if (others === 0) return false;
    await delay(POLL_MS);
  }

  return true;
}

/** The server that answers by its name at the address that is noted, whatever its process id means here. */
async function findAlive(folder: string): Promise<Alive | undefined> {
  const record = await readRecord(folder);
  if (record === undefined) return undefined;
  // Its starter may have died after the start and before the server had told its ports.
  const ports = record.port === undefined ? await readPorts(portsDir(storeOf(folder)), record.pid) : record;
  if (ports?.port === undefined) return undefined;
  const info = await readServerInfo({ host: HOST, port: ports.port });
  if (info?.name !== record.name) return undefined;
  // Everybody who connects is told the name: whoever took the port of a server that is gone can tell it, too.
  if (strangerOn(ports.port, folder) !== undefined) return undefined;

  return {
    url: `nats://${HOST}:${ports.port}`,
    pid: record.pid,
    port: ports.port,
    ...(record.password === undefined ? {} : { password: record.password }),
    ...(ports.monitorUrl === undefined ? {} : { monitorUrl: ports.monitorUrl }),
  };
}

async function start(folder: string, binary: string, links: ServerLinks | undefined): Promise<Alive> {
  const logins = await ensureLogins(folder);
  const mark = configMark(logins, links);
  await moveStore(storeOf(folder), links);
  const begun = {
    name: `3ox-${randomBytes(8).toString('hex')}`,
    binary,
    folder: await realpath(folder),
    startedAt: new Date().toISOString(),
    place: thisPlace(),
    locked: await locksTell(folder),
    password: mark,
  };
  const { url, pid, port, monitorUrl } = await launchOnLastPort(folder, {
    binary,
    config: await writeServerConfig(folder, { shipped: shippedPath('nats.conf'), logins, links }),
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

  return { pid, port, password: mark, ...where };
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

// The ports files show a server whose starter was killed before it could note it. Throws where somebody whom we cannot
// end has the store.
async function endServers(folder: string): Promise<'stopped' | 'not-running'> {
  const storeDir = storeOf(folder);
  const record = await readRecord(folder);
  const pids = new Set<number>();
  if (record !== undefined && (await isOurs(record))) pids.add(record.pid);
  for (const pid of await pidsWithPorts(portsDir(storeDir))) {
    if ((await isRunning(pid)) && (await hasArgument(pid, storeDir))) pids.add(pid);
  }
  for (const pid of pids) await stopProcess(pid);
  if (await isOthers(storeDir, pids.size === 0 ? record : undefined))
    throw storeOwned(storeDir, holderText(record));
  await removeRecord(folder);

  return pids.size > 0 ? 'stopped' : 'not-running';
}

/** Whether somebody elsewhere has the store. Without a lock that tells, a record of elsewhere is enough of a doubt. */
async function isOthers(storeDir: string, record: ServerRecord | undefined): Promise<boolean> {
  if (await isStoreHeld(storeDir)) return true;
  if (record?.place === undefined || record.place === thisPlace()) return false;

  return record.locked !== true || !(await locksTell(dirname(storeDir)));
}

function holderText(record: ServerRecord | undefined): string | undefined {
  if (record === undefined) return undefined;
  const { pid, startedAt, place = 'this machine', url } = record;
  const at = url === undefined ? '' : `, at ${url}`;

  return `a server that was started ${startedAt} as process ${pid} of ${place}${at}`;
}

// The pid alone is no proof: after a reboot it may belong to anybody.
async function isOurs({ pid, name }: ServerRecord): Promise<boolean> {
  return (await isRunning(pid)) && (await hasArgument(pid, name));
}

function underLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  return withFileLock(join(folder, 'server.lock'), { waitMs: LOCK_WAIT_MS, refusal: lockedServer }, work);
}

/** By its real path: a project is the same one whichever way leads to it. One that was removed has none any more. */
function folderOf(projectDir: string): string {
  const folder = resolve(projectDir);
  const real = existsSync(folder) ? realpathSync(folder) : folder;

  return join(real, '.3ox', 'nats');
}

/** Whether the project ever had a server. Rejects with NatsServerError where this account may not know. */
async function isThere(folder: string): Promise<boolean> {
  try {
    await stat(folder);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw await notOurs(folder, error);
  }
}

function storeOf(folder: string): string {
  return join(folder, 'store');
}
