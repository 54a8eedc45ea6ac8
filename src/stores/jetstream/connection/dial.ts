import { AuthorizationError, connect, type NatsConnection } from '@nats-io/transport-node';
import { messageOf } from '../../../lib/text.ts';
import { NatsTooOld, NatsUnauthorised, NatsUnreachable, NatsUrlInvalid } from './jetstream-errors.ts';
import { inboxPrefixOf } from './names.ts';

/** The oldest server with atomic batches and a time to live per message. */
const SERVER_VERSION_MIN = [2, 12] as const;
const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_MS = 100;
/** A server that stands still keeps its connections: after so many pings without an answer the next one is tried. */
const PING_MS = 2_000;
const PINGS_MAX = 2;
/** What a login may fail with. */
const loginCodes: ReadonlySet<string> = new Set([
  'nats.port-foreign',
  'nats.password-missing',
  'secret.exposed',
  'secret.bad-file',
]);
const SYSTEM_MS_MAX = 2_000;

/** Who a connection is, where that does not stand in the address. Asked again whenever it comes back. */
export type Login = () => { readonly user: string; readonly pass: string };

/** Those of this process, by which those of others are told apart. */
const ownConnections = new Set<NatsConnection>();

type DialOptions = {
  readonly url: string;
  readonly name?: string;
  readonly login?: Login | undefined;
  /** What subjects for answers begin with, where it does not follow from the user. */
  readonly inboxPrefix?: string | undefined;
};

/** Connects to the server and looks at its version. */
export async function dial(options: DialOptions): Promise<{
  readonly connection: NatsConnection;
  /** Without credentials, for messages to people. */
  readonly url: string;
  readonly serverVersion: string;
  /** What every subject for answers begins with, where it is not the client's own. */
  readonly inboxPrefix: string | undefined;
  /** Whose address it is, where that names a user. */
  readonly user: string | undefined;
}> {
  const url = withoutCredentials(options.url);
  const { user } = credentialsOf(options.url);
  const inboxPrefix = options.inboxPrefix ?? (user === undefined ? undefined : inboxPrefixOf(user));
  const connection = await open({ ...options, inboxPrefix }, url);
  ownConnections.add(connection);
  void connection.closed().finally(() => ownConnections.delete(connection));
  const serverVersion = connection.info?.version ?? '0';
  if (!isNewEnough(serverVersion)) {
    await connection.close();
    throw new NatsTooOld(url, serverVersion, SERVER_VERSION_MIN.join('.'));
  }

  return { connection, url, serverVersion, inboxPrefix, user };
}

async function open(
  options: DialOptions & { readonly inboxPrefix: string | undefined },
  url: string,
): Promise<NatsConnection> {
  const { login } = options;
  try {
    return await connect({
      // A password that was changed stands in its file before the server asks for it.
      ...(login === undefined
        ? credentialsOf(options.url)
        : { authenticator: login, ignoreAuthErrorAbort: true }),
      ...(options.inboxPrefix === undefined ? {} : { inboxPrefix: options.inboxPrefix }),
      servers: url.split(','),
      name: options.name ?? 'workflow',
      timeout: CONNECT_TIMEOUT_MS,
      maxReconnectAttempts: -1,
      pingInterval: PING_MS,
      maxPingOut: PINGS_MAX,
      // A server that crashed is back within half a second; many clients must not come back in one moment.
      reconnectDelayHandler: () => RECONNECT_MS * (0.5 + Math.random()),
      // A stack for every request costs more than the request.
      noAsyncTraces: true,
    });
  } catch (error) {
    if (isInvalidUrl(error)) throw new NatsUrlInvalid(url, error);
    if (error instanceof AuthorizationError) throw new NatsUnauthorised(url, login !== undefined, error);
    // It came from the login, which says what is wrong.
    if (error instanceof Error && 'code' in error && loginCodes.has(String(error.code))) throw error;
    throw new NatsUnreachable(url, messageOf(error), error);
  }
}

// The client takes the address apart with URL, which says so by this code.
function isInvalidUrl(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_URL';
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0);

  return major > SERVER_VERSION_MIN[0] || (major === SERVER_VERSION_MIN[0] && minor >= SERVER_VERSION_MIN[1]);
}

export function withoutCredentials(url: string): string {
  return url
    .split(',')
    .map((one) => one.trim().replace(/^([a-z]+:\/\/)?.*@/i, '$1'))
    .join(',');
}

/** User and password, or a token, of the first address that has any. */
function credentialsOf(url: string): { user?: string; pass?: string; token?: string } {
  const found = /^(?:[a-z]+:\/\/)?([^,]*)@/i.exec(url.trim())?.[1];
  if (found === undefined) return {};
  const colon = found.indexOf(':');
  if (colon < 0) return { token: decodeURIComponent(found) };

  return {
    user: decodeURIComponent(found.slice(0, colon)),
    pass: decodeURIComponent(found.slice(colon + 1)),
  };
}

type SystemUser = { readonly url: string; readonly login: Login };

/** Whether the server syncs every write, as it says itself to its system account. Undefined where it does not. */
export async function askSyncsAlways(
  user: SystemUser,
): Promise<{ readonly id: string; readonly syncsAlways: boolean } | undefined> {
  const answer = await askSystem<{
    readonly jetstream?: { readonly config?: { readonly sync_always?: boolean } };
  }>(user, 'VARZ');

  return answer && { id: answer.id, syncsAlways: answer.data?.jetstream?.config?.sync_always === true };
}

/** What is wrong with the server, such as a write that failed. Undefined where nothing is, or it does not say. */
export async function askHealth(user: SystemUser): Promise<string | undefined> {
  const answer = await askSystem<{ readonly status?: string; readonly error?: string }>(user, 'HEALTHZ');

  return answer?.data?.status === 'ok' ? undefined : answer?.data?.error;
}

/** How many clients the server has that are not of this process. Undefined where it does not say. */
export async function askOtherClients(user: SystemUser): Promise<number | undefined> {
  const own = new Set([...ownConnections].map(({ info }) => info?.client_id));
  const answer = await askSystem<{ readonly connections?: readonly { readonly cid: number }[] }>(
    user,
    'CONNZ',
  );

  return answer?.data?.connections?.filter(({ cid }) => cid !== answer.client && !own.has(cid)).length;
}

async function askSystem<Data>(
  user: SystemUser,
  what: 'VARZ' | 'HEALTHZ' | 'CONNZ',
): Promise<{ readonly id: string; readonly client?: number | undefined; readonly data?: Data } | undefined> {
  try {
    const { connection } = await dial({ ...user, name: 'workflow-monitor' });
    try {
      const id = connection.info?.server_id ?? '';
      const answer = await connection.request(`$SYS.REQ.SERVER.${id}.${what}`, '', {
        timeout: SYSTEM_MS_MAX,
      });

      return { ...answer.json<{ readonly data?: Data }>(), id, client: connection.info?.client_id };
    } finally {
      await connection.close();
    }
  } catch {
    return undefined;
  }
}
