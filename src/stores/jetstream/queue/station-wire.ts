import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { InvalidArgumentError, type NatsConnection } from '@nats-io/transport-node';
import type { Json } from '../../../../events/canonical-json.ts';
import { messageOf } from '../../../lib/text.ts';
import type { StationWire } from '../../../ports/runs/stations.ts';
import { dial, type Login } from '../connection/dial.ts';

/** What a message is signed as: an answer cannot pass for a request, nor one for another. */
type Signed = 'ask' | 'answer' | 'tell';

/** A request that is too large for one message. The reaction: hand files on by other means. */
class StationMessageTooLarge extends Error {
  override readonly name = 'StationMessageTooLarge';
  readonly code = 'station.too-large';

  constructor(station: string, bytes: number) {
    super(`what is to be sent to station ${station} has ${bytes} bytes, more than one message may have`);
  }
}

export type StationWireOptions = {
  readonly url: string;
  readonly login: Login | undefined;
  /** What this station is called. */
  readonly own: string;
  /** The secret that this station shares with another one; undefined for one that is not known. */
  readonly secretOf: (station: string) => string | undefined;
  readonly onTrouble: (message: string) => void;
};

/**
 * Messages between stations over the leaf link of their servers. Each is signed with the secret of the two: whoever
 * else is on a server that lies between can neither ask nor answer in the name of one of them.
 */
export async function connectStationWire(options: StationWireOptions): Promise<StationWire> {
  const { own, url, login } = options;
  const { connection } = await dial({
    url,
    login,
    name: `stations-${process.pid}`,
    inboxPrefix: inboxPrefixFor(own),
  });
  const keys = createKeys(options);

  return {
    ask: async (station, request, timeoutMs) => {
      const body = keys.seal(station, 'ask', request);
      if (body === undefined || connection.isClosed()) return undefined;
      const answer = await requested(connection, {
        station,
        subject: subjectOf(station, own, 'ask'),
        body,
        timeoutMs,
      });

      return answer === undefined ? undefined : keys.open(station, 'answer', answer, aboutOf(body));
    },
    tell: (station, note) => {
      const body = keys.seal(station, 'tell', note);
      if (body !== undefined && !connection.isClosed())
        connection.publish(subjectOf(station, own, 'tell'), body);
    },
    onTold: (listener) => {
      const subscription = connection.subscribe(subjectOf(own, '*', 'tell'), {
        callback: (error, message) => {
          const from = senderOf(message.subject);
          const note = error === null ? keys.open(from, 'tell', message.string()) : undefined;
          if (note !== undefined) listener(from, note);
        },
      });

      return () => subscription.unsubscribe();
    },
    serve: (answer) => serve(connection, { own, keys, answer, onTrouble: options.onTrouble }),
    close: () => connection.close(),
  };
}

type Keys = {
  /** Undefined for a station whose secret is not known. */
  readonly seal: (station: string, as: Signed, value: Json, about?: string) => string | undefined;
  /** Undefined for what the station did not say, or not about this. */
  readonly open: (station: string, as: Signed, text: string, about?: string) => Json | undefined;
};

function createKeys({ own, secretOf, onTrouble }: StationWireOptions): Keys {
  const told = new Set<string>();

  function keyOf(station: string): string | undefined {
    const secret = secretOf(station);
    if (secret === undefined && !told.has(station)) {
      told.add(station);
      onTrouble(`nothing is said to station ${station}: its secret is not known here`);
    }

    return secret;
  }

  return {
    seal: (to, as, value, about = randomUUID()) => {
      const secret = keyOf(to);
      const body = JSON.stringify(value);

      return secret === undefined
        ? undefined
        : `${signature(secret, [as, own, to, about], body)} ${about} ${body}`;
    },
    open: (from, as, text, about = aboutOf(text)) => {
      const secret = keyOf(from);
      const [sign = '', said = ''] = text.split(' ', 2);
      const body = text.slice(sign.length + said.length + 2);
      const isSaid = said === about && isSame(sign, signature(secret ?? '', [as, from, own, about], body));
      if (secret === undefined || !isSaid) return undefined;

      return JSON.parse(body) as Json;
    },
  };
}

/** What tells a request from every other one, also from the same asked again: the answer names it. */
function aboutOf(text: string): string {
  return text.split(' ', 2)[1] ?? '';
}

function signature(secret: string, about: readonly string[], body: string): string {
  return createHmac('sha256', secret)
    .update(`${JSON.stringify(about)}\n`)
    .update(body)
    .digest('hex');
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

type Requested = {
  readonly station: string;
  readonly subject: string;
  readonly body: string;
  readonly timeoutMs: number;
};

/** Undefined when nobody answered: no link, no engine that serves there, or no time. */
async function requested(
  connection: NatsConnection,
  { station, subject, body, timeoutMs }: Requested,
): Promise<string | undefined> {
  try {
    return (await connection.request(subject, body, { timeout: timeoutMs })).string();
  } catch (error) {
    // Too large for the server is our own doing and would be refused for ever.
    if (error instanceof InvalidArgumentError)
      throw new StationMessageTooLarge(station, Buffer.byteLength(body));

    return undefined;
  }
}

async function serve(
  connection: NatsConnection,
  {
    own,
    keys,
    answer,
    onTrouble,
  }: Pick<StationWireOptions, 'own' | 'onTrouble'> & {
    readonly keys: Keys;
    readonly answer: Parameters<StationWire['serve']>[0];
  },
): Promise<() => Promise<void>> {
  const subscription = connection.subscribe(subjectOf(own, '*', 'ask'), {
    // Of several engines of this station one answers.
    queue: 'engines',
    callback: (error, message) => {
      const from = senderOf(message.subject);
      const request = error === null ? keys.open(from, 'ask', message.string()) : undefined;
      if (request === undefined) return;
      const about = aboutOf(message.string());
      const respond = (answered: Json): void => {
        const body = keys.seal(from, 'answer', answered, about);
        if (body !== undefined && !connection.isClosed()) message.respond(body);
      };
      answer(from, request)
        .then(respond, (error: unknown) => respond(unavailable(error)))
        // The server takes no message of this size: whoever asked would ask for ever.
        .catch((error: unknown) => respond(tooLarge(error)))
        .catch((error: unknown) => onTrouble(`station ${from} gets no answer: ${messageOf(error)}`));
    },
  });
  // The answer to the flush says that the server knows of the subscription.
  await connection.flush();

  return async () => {
    await subscription.drain().catch(() => undefined);
  };
}

function tooLarge(error: unknown): Json {
  const message = `the answer does not fit into a message: ${messageOf(error)}; give the output by a reference to where it is kept`;

  return { ok: false, refusal: { code: 'station.too-large', message } };
}

/** Whoever cannot answer refuses nothing for good. */
function unavailable(error: unknown): Json {
  return { ok: false, refusal: { code: 'station.unavailable', message: messageOf(error) } };
}

/** What one station sends to another. A user of the server for a station may send and hear of nothing else. */
function subjectOf(to: string, from: string, what: 'ask' | 'tell'): string {
  return `3ox.station.${to}.${from}.${what}`;
}

function senderOf(subject: string): string {
  return subject.split('.')[3] ?? '';
}

function inboxPrefixFor(station: string): string {
  return `_INBOX.station-${station}`;
}

/** What the server lets another station do that connects to it, in its account for stations. */
export function stationPermissions(peer: string): {
  readonly publish: string[];
  readonly subscribe: string[];
} {
  return {
    publish: [subjectOf('*', peer, 'ask'), subjectOf('*', peer, 'tell'), '_INBOX.>'],
    subscribe: [`3ox.station.${peer}.>`, `${inboxPrefixFor(peer)}.>`],
  };
}
