// Stands between a client and a server and mistreats the bytes as a network can: swallows an answer, keeps a
// request back and delivers it late, breaks the connection in the middle of something. It works on chunks as they
// arrive; on a connection that is quiet otherwise, a chunk is a whole number of protocol messages.
import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tie } from './tied-sockets.ts';

export type TcpProxy = {
  readonly url: string;
  /** Throws the next chunk from the server away. Resolves when that has happened. */
  swallowAnswer(): Promise<void>;
  /** Takes the next chunk from the client out of the stream. Resolves with what puts it back in, behind the rest. */
  holdRequest(): Promise<() => void>;
  /** Lets so many more bytes from the client through, then breaks all connections. Resolves when it has. */
  cutAfter(bytes: number): Promise<void>;
  /** Breaks all connections. */
  cut(): void;
  /** From now on all bytes vanish and no connection closes, as behind a dead router, until the result is called. */
  vanish(): () => void;
  /** From now on one byte a second goes each way, until the result is called: then the rest follows. */
  trickle(): () => void;
  /** Breaks all connections and takes no new ones, until the result is called. */
  down(): Promise<() => Promise<void>>;
  close(): Promise<void>;
};

type State = {
  readonly sockets: Set<Socket>;
  swallow?: { readonly resolve: () => void } | undefined;
  hold?: { readonly resolve: (putBack: () => void) => void } | undefined;
  cut?: { readonly resolve: () => void; bytesLeft: number } | undefined;
  mode: 'pass' | 'vanish' | 'trickle';
  /** What waits for its second, by the socket that it goes to. */
  readonly slow: Map<Socket, Buffer>;
};

const TRICKLE_MS = 1_000;

/** `at`: the port that it listens on; 0 or none: a free one. */
export async function startTcpProxy(target: string, at = 0): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const state: State = { sockets: new Set(), mode: 'pass', slow: new Map() };
  const server = createServer((client) => join(state, client, createConnection(Number(port), hostname)));
  server.listen(at, '127.0.0.1');
  await once(server, 'listening');
  const ownPort = portOf(server);

  return {
    url: `nats://127.0.0.1:${ownPort}`,
    swallowAnswer: () =>
      new Promise((resolve) => {
        state.swallow = { resolve };
      }),
    holdRequest: () =>
      new Promise((resolve) => {
        state.hold = { resolve };
      }),
    cutAfter: (bytes) =>
      new Promise((resolve) => {
        state.cut = { resolve, bytesLeft: bytes };
      }),
    cut: () => {
      for (const socket of state.sockets) socket.destroy();
    },
    vanish: () => inMode(state, 'vanish', () => undefined),
    trickle: () => {
      const timer = setInterval(() => {
        for (const [socket, bytes] of state.slow) {
          socket.write(bytes.subarray(0, 1));
          state.slow.set(socket, bytes.subarray(1));
        }
      }, TRICKLE_MS);

      return inMode(state, 'trickle', () => {
        clearInterval(timer);
        for (const [socket, bytes] of state.slow) socket.write(bytes);
        state.slow.clear();
      });
    },
    down: async () => {
      server.close();
      for (const socket of state.sockets) socket.destroy();
      await once(server, 'close');

      return async () => {
        server.listen(ownPort, '127.0.0.1');
        await once(server, 'listening');
      };
    },
    close: async () => {
      server.close();
      for (const socket of state.sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function inMode(state: State, mode: State['mode'], end: () => void): () => void {
  state.mode = mode;

  return () => {
    state.mode = 'pass';
    end();
  };
}

/** Whether the bytes are held back or thrown away. */
function isHeldUp({ mode, slow }: State, to: Socket, chunk: Buffer): boolean {
  if (mode === 'trickle') slow.set(to, Buffer.concat([slow.get(to) ?? Buffer.alloc(0), chunk]));

  return mode !== 'pass';
}

function join(state: State, client: Socket, upstream: Socket): void {
  tie(state.sockets, client, upstream);
  client.on('data', (chunk: Buffer) => {
    if (!isHeldUp(state, upstream, chunk)) fromClient(state, upstream, chunk);
  });
  upstream.on('data', (chunk: Buffer) => {
    if (!isHeldUp(state, client, chunk)) fromServer(state, client, chunk);
  });
}

function fromClient(state: State, upstream: Socket, chunk: Buffer): void {
  const { hold, cut } = state;
  if (hold !== undefined) {
    state.hold = undefined;
    hold.resolve(() => upstream.write(chunk));
  } else if (cut === undefined) {
    upstream.write(chunk);
  } else {
    upstream.write(chunk.subarray(0, cut.bytesLeft));
    cut.bytesLeft -= chunk.length;
    if (cut.bytesLeft > 0) return;
    state.cut = undefined;
    for (const socket of state.sockets) socket.destroySoon();
    cut.resolve();
  }
}

function fromServer(state: State, client: Socket, chunk: Buffer): void {
  const { swallow } = state;
  state.swallow = undefined;
  if (swallow === undefined) client.write(chunk);
  else swallow.resolve();
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  return address.port;
}
