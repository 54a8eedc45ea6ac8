// A real server on a free port of this machine, which keeps what it was asked.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export type Received = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type LocalServer = {
  readonly url: string;
  readonly port: number;
  readonly received: readonly Received[];
};

type Answer = (response: ServerResponse, request: IncomingMessage) => unknown;

/** Answers every request in the same way until the test is over. */
export async function startLocalServer(answer: Answer): Promise<LocalServer> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    // A client that goes away in the middle is what some tests are about.
    const body = await text(request).catch(() => '');
    const { method = '', url: path = '', headers } = request;
    received.push({ method, path, headers, body });
    answer(response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;

  return { url: `http://127.0.0.1:${port}`, port, received };
}
