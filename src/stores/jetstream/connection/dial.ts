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

/** Connects to the server and looks at its version. */
export async function dial(options: { readonly url: string; readonly name?: string }): Promise<{
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
  const inboxPrefix = user === undefined ? undefined : inboxPrefixOf(user);
  const connection = await open({ ...options, inboxPrefix }, url);
  const serverVersion = connection.info?.version ?? '0';
  if (!isNewEnough(serverVersion)) {
    await connection.close();
    throw new NatsTooOld(url, serverVersion, SERVER_VERSION_MIN.join('.'));
  }

  return { connection, url, serverVersion, inboxPrefix, user };
}

async function open(
  options: { readonly url: string; readonly name?: string; readonly inboxPrefix: string | undefined },
  url: string,
): Promise<NatsConnection> {
  try {
    return await connect({
      ...credentialsOf(options.url),
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
    if (error instanceof AuthorizationError) throw new NatsUnauthorised(url, error);
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

function withoutCredentials(url: string): string {
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
