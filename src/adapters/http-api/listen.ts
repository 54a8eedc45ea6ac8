import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Api } from './api.ts';
import { type GuardOptions, guarded } from './guard.ts';
import { problemOf } from './problem.ts';
import { headersOfAll } from './security-headers.ts';

const requestMsDefault = 30_000;
const headersMsMax = 10_000;
/** What is more is cut off at once: an engine needs files and memory for other things, too. */
const connectionsMax = 2_000;
/** How long connections that something is still sent over may take to end. */
const endMs = 1_500;

export type ListenOptions = {
  readonly host: string;
  /** Without: this one if it is free, else the next that is. */
  readonly port: number | undefined;
  readonly portDefault: number;
  readonly guard: GuardOptions;
  /** How long a request may take to come in whole, headers and body; 30 s without. */
  readonly requestMsMax?: number;
};

export type Listening = {
  /** The address as a browser takes it. */
  readonly url: string;
  readonly port: number;
  /** The usual port was taken. */
  readonly isNext: boolean;
  close(): Promise<void>;
};

/** The address cannot be listened on. The reaction: name another one. */
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

/** What is refused here never comes to a route, nor to what makes an address of its headers. */
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

/** The next free port behind one that is taken; any where many are. */
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

/** Takes nothing new; what is being answered may end for a moment, streams without end may not. */
async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), endMs);
  await closed;
  clearTimeout(timer);
}
