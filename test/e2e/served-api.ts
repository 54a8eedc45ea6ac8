// An engine that serves HTTP, as a process that may be killed and comes back at the same address.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createMortalProcess, type MortalProcess } from '../support/mortal-process.ts';
import { ownerHeaders } from './owner.ts';
import { builtCli } from './station.ts';
import type { Surroundings } from './worker-processes.ts';

export type ServedEngine = MortalProcess & {
  readonly url: string;
  readonly get: (path: string, signal?: AbortSignal) => Promise<Response>;
  readonly post: (
    path: string,
    body: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Response>;
};

/** The engine of the project in `cwd`, with what is in `env` besides. */
export async function servedEngine({ cwd, env }: Surroundings): Promise<ServedEngine> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const engine = createMortalProcess({
    command: process.execPath,
    args: [builtCli, 'serve', '--http', `127.0.0.1:${port}`],
    cwd,
    env,
    ready: 'engine ready',
  });

  return {
    ...engine,
    url,
    get: async (path, signal) =>
      fetch(url + path, { headers: await ownerHeaders(cwd), ...(signal === undefined ? {} : { signal }) }),
    post: async (path, body, headers = {}) =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(await ownerHeaders(cwd)), ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a server without a port');

  return address.port;
}
