import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import { isLoopbackName } from '../../machines/loopback.ts';
import type { Api, ApiEnv } from './api.ts';
import { problemOf } from './problem.ts';
import { nameOfHost } from './visitor.ts';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ');

/** Security headers of every answer: no other site may embed it, and it loads nothing from other sites. */
const headersOfAll: Readonly<Record<string, string>> = {
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
};

const urlLengthMax = 8_000;

const shownMax = 100;

const looking: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const notInNames = /[\u0000-\u001f\u007f\\]/;

const requestMsDefault = 30_000;

const headersMsMax = 10_000;

/** Connections above this are closed at once: the engine needs files and memory for other things. */
const connectionsMax = 2_000;

/** How long connections that still send may take to end. */
const endMs = 1_500;

export type ListenOptions = {
  readonly host: string;
  /** Absent: `portDefault` if it is free, else the next free port. */
  readonly port: number | undefined;
  readonly portDefault: number;
  readonly guard: GuardOptions;
  /** How long a request may take to arrive in full, headers and body; default 30 s. */
  readonly requestMsMax?: number;
};

export type Listening = {
  /** The address as a URL. */
  readonly url: string;
  readonly port: number;
  /** The default port was taken. */
  readonly isNext: boolean;
  close(): Promise<void>;
};

/** The server cannot listen on the address. The reaction: name another one. */
class HttpNotOpened extends Error {
  override readonly name = 'HttpNotOpened';
  readonly code: string;

  constructor(address: string, cause: NodeJS.ErrnoException) {
    const isTaken = cause.code === 'EADDRINUSE';
    super(
      isTaken
        ? `${address} is taken by another program; name another port, or take one that is free: --http 0`
        : `cannot listen on ${address}: ${cause.message}`,
      { cause },
    );
    this.code = isTaken ? 'usage.port-taken' : 'usage.address';
  }
}

/** Opens the API on an address. Rejects with HttpNotOpened. */
export async function listen(api: Api, options: ListenOptions): Promise<Listening> {
  const { guard, requestMsMax = requestMsDefault } = options;
  const server = createServer(
    {
      requestTimeout: requestMsMax,
      headersTimeout: Math.min(headersMsMax, requestMsMax),
      connectionsCheckingInterval: Math.min(1_000, requestMsMax / 2),
    },
    guardedBy(guard, getRequestListener(api.fetch, { overrideGlobalObjects: false })),
  );
  server.maxConnections = connectionsMax;
  const port = await open(server, options);
  const { host } = options;
  const name = host.includes(':') ? `[${host}]` : host;

  const isNext = options.port === undefined && port !== options.portDefault;

  return { url: `http://${name}:${port}`, port, isNext, close: () => close(server) };
}

/** Requests refused here reach no route, and no code that builds addresses from their headers. */
function guardedBy(guard: GuardOptions, listener: RequestListener): RequestListener {
  return (request, response) => {
    const refusal = guarded(request, guard);
    if (refusal === undefined) {
      listener(request, response);
      return;
    }
    const problem = problemOf(refusal);
    response.writeHead(problem.status, {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...headersOfAll,
      Connection: 'close',
    });
    response.end(JSON.stringify(problem));
  };
}

async function open(server: Server, { host, port, portDefault }: ListenOptions): Promise<number> {
  if (port !== undefined) return openOn(server, { host, port });
  try {
    return await openOn(server, { host, port: portDefault });
  } catch (error) {
    if (!(error instanceof HttpNotOpened) || error.code !== 'usage.port-taken') throw error;

    return openNext(server, { host, port: portDefault + 1 });
  }
}

const triedMax = 50;

/** The next free port after a taken one; any port if many are taken. */
async function openNext(server: Server, { host, port }: Address): Promise<number> {
  for (let tried = port; tried < port + triedMax; tried += 1) {
    try {
      return await openOn(server, { host, port: tried });
    } catch (error) {
      if (!(error instanceof HttpNotOpened) || error.code !== 'usage.port-taken') throw error;
    }
  }

  return openOn(server, { host, port: 0 });
}

type Address = { readonly host: string; readonly port: number };

async function openOn(server: Server, address: Address): Promise<number> {
  server.listen(address);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new HttpNotOpened(`${address.host}:${address.port}`, error as NodeJS.ErrnoException);
  }

  return (server.address() as AddressInfo).port;
}

/** Accepts no new connections; requests get a moment to finish, streams do not. */
async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), endMs);
  await closed;
  clearTimeout(timer);
}

type GuardOptions = {
  /** The server is bound to this machine alone. */
  readonly isLoopback: boolean;
  /** Names and addresses by which the server is reached, in lower case. */
  readonly hosts: readonly string[];
};

type Asked = {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
};

type Refused = { readonly code: string; readonly message: string };

/** Why a request is refused unread: it is meant for another host, or another site made a browser send it. */
export function guarded(asked: Asked, options: GuardOptions): Refused | undefined {
  return hostRefusal(asked, options) ?? urlRefusal(asked) ?? siteRefusal(asked) ?? headRefusal(asked);
}

/** A host name that is not configured may be DNS rebinding: somebody else made it lead here. */
function hostRefusal(
  { headers: { host = '' } }: Asked,
  { isLoopback, hosts }: GuardOptions,
): Refused | undefined {
  const name = nameOfHost(host);
  const isOurs = isLoopbackName(name) || hosts.includes(name) || (!isLoopback && isAddress(name));
  if (isOurs) return undefined;
  const shown = JSON.stringify(host.slice(0, shownMax));

  return {
    code: 'http.host',
    message: `this server is not known as ${shown}; if it shall be, start it with \`workflow serve --allow-host\``,
  };
}

/** IP addresses need no name server, so nobody can point them elsewhere. */
function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || name.startsWith('[');
}

function urlRefusal({ url = '' }: Asked): Refused | undefined {
  if (url.length > urlLengthMax)
    return { code: 'http.url', message: `the address is longer than ${urlLengthMax} characters` };
  if (!url.startsWith('/'))
    return { code: 'http.url', message: 'the address has to be a path on this server' };
  const [path = ''] = url.split('?');

  return path.split('/').every(isPlain)
    ? undefined
    : {
        code: 'http.url',
        message: 'the path has a part that is no name, such as ".." or a control character',
      };
}

function isPlain(part: string): boolean {
  const text = decoded(part);
  if (text === undefined || notInNames.test(text)) return false;

  return !text.split('/').some((name) => name === '.' || name === '..');
}

/** The path as the routes decode it: `/%61pi/` is `/api/`. */
function pathOf(url: string): string {
  const [path = ''] = url.split('?');

  return decoded(path) ?? path;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/**
 * Browsers name the site that made them send a request, other programs do not. Reads are allowed from anywhere except
 * by a browser for another site; another port of this machine counts as another site.
 */
function siteRefusal({ method = '', url = '', headers }: Asked): Refused | undefined {
  const isApi = /^\/(api|hooks)\//.test(pathOf(url));
  if (!isApi && looking.has(method)) return undefined;
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  const isOwn =
    (site === undefined || site === 'same-origin' || site === 'none') &&
    (origin === undefined || hostOf(origin) === headers.host?.toLowerCase());
  if (isOwn) return undefined;
  const shown = JSON.stringify(String(origin ?? site).slice(0, shownMax));

  return {
    code: 'http.origin',
    message: `another site, ${shown}, may not ask this in the name of its visitor`,
  };
}

/** HEAD on the stream would open a stream that nobody reads. */
function headRefusal({ method, url = '' }: Asked): Refused | undefined {
  if (method !== 'HEAD' || pathOf(url) !== '/api/v1/stream') return undefined;

  return { code: 'http.method', message: '/api/v1/stream takes GET' };
}

function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/?#@]+)$/i.exec(origin)?.[1]?.toLowerCase();
}

/** Adds the security headers, and forbids caching of everything but the files of the dashboard. */
export function securityHeaders(): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    await next();
    const own = c.res.headers.get('Referrer-Policy');
    for (const [name, value] of Object.entries(headersOfAll)) c.res.headers.set(name, value);
    // A form of a page without any referrer would be sent by nobody: its origin is "null".
    if (own === 'same-origin') c.res.headers.set('Referrer-Policy', own);
    if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store');
  };
}
