// Stands between a client and a server and is a bad network all the time: every now and then an answer is lost, and a
// request is kept back and delivered late, behind others. It works on whole messages of the NATS protocol, so that the
// connection itself stays sound. What it does depends on the order of messages only, not on time or chance.
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { tie } from './tied-sockets.ts';

export type RoughProxy = {
  readonly url: string;
  /** Begins to mistreat messages, a little differently each time; returns what ends it. */
  misbehave(): () => void;
  /** What was done to messages so far. */
  done(): { readonly swallowed: number; readonly held: number };
  close(): Promise<void>;
};

type Rough = { answers: number; requests: number; readonly firstLoss: number };
type State = {
  rough: Rough | undefined;
  times: number;
  swallowed: number;
  held: number;
  readonly sockets: Set<Socket>;
};
type Frame = { readonly bytes: Buffer; readonly words: readonly string[] };

// The first answer that is lost is another one each time, and further ones are rare: each costs a time-out to notice.
const FIRST_LOSSES = 16;
const FIRST_LOSS_STRIDE = 7;
const LOSS_EVERY = 150;
const HOLD_EVERY = 9;
const HOLD_AT = 2;
const HOLDS_MS = [50, 300, 120, 80, 220] as const;
const CRLF = '\r\n';

export async function startRoughProxy(target: string): Promise<RoughProxy> {
  const { hostname, port } = new URL(target);
  const state: State = { rough: undefined, times: 0, swallowed: 0, held: 0, sockets: new Set() };
  const server = createServer((client) => join(state, client, createConnection(Number(port), hostname)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  return {
    url: `nats://127.0.0.1:${address.port}`,
    misbehave: () => {
      state.rough = {
        answers: 0,
        requests: 0,
        firstLoss: (state.times++ * FIRST_LOSS_STRIDE) % FIRST_LOSSES,
      };

      return () => {
        state.rough = undefined;
      };
    },
    done: () => ({ swallowed: state.swallowed, held: state.held }),
    close: async () => {
      server.close();
      for (const socket of state.sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function join(state: State, client: Socket, upstream: Socket): void {
  tie(state.sockets, client, upstream);
  client.on(
    'data',
    byFrames((frame) => fromClient(state, upstream, frame)),
  );
  upstream.on(
    'data',
    byFrames((frame) => fromServer(state, client, frame)),
  );
}

/** A request names where its answer goes: PUB subject reply bytes, HPUB subject reply headerBytes bytes. */
function fromClient(state: State, upstream: Socket, { bytes, words }: Frame): void {
  const { rough } = state;
  const [verb = ''] = words;
  const isRequest = (verb === 'PUB' && words.length === 4) || (verb === 'HPUB' && words.length === 5);
  if (rough === undefined || !isRequest || rough.requests++ % HOLD_EVERY !== HOLD_AT) {
    upstream.write(bytes);
    return;
  }
  const holdMs = HOLDS_MS[state.held % HOLDS_MS.length];
  state.held++;
  setTimeout(() => upstream.write(bytes), holdMs);
}

function fromServer(state: State, client: Socket, { bytes, words }: Frame): void {
  const { rough } = state;
  const [verb = '', subject = ''] = words;
  const isAnswer = (verb === 'MSG' || verb === 'HMSG') && subject.startsWith('_INBOX.');
  if (rough === undefined || !isAnswer || rough.answers++ % LOSS_EVERY !== rough.firstLoss) {
    client.write(bytes);
    return;
  }
  state.swallowed++;
}

/** Cuts what arrives into messages of the protocol: a line, and behind one that says so, a payload. */
function byFrames(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);

  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let frame = firstFrame(rest); frame !== undefined; frame = firstFrame(rest)) {
      rest = rest.subarray(frame.bytes.length);
      onFrame(frame);
    }
  };
}

function firstFrame(buffer: Buffer): Frame | undefined {
  const end = buffer.indexOf(CRLF);
  if (end < 0) return undefined;
  const words = buffer.toString('latin1', 0, end).split(' ');
  const hasPayload = /^H?(MSG|PUB)$/.test(words[0] ?? '');
  const payloadBytes = hasPayload ? Number(words.at(-1)) + CRLF.length : 0;
  const length = end + CRLF.length + payloadBytes;

  return buffer.length < length ? undefined : { bytes: buffer.subarray(0, length), words };
}
