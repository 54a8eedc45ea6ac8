// What the server itself says, without anything of ours in between.
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';

export type RawError = { readonly code: number; readonly err_code: number; readonly description: string };
export type RawAnswer = {
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly count?: number;
  readonly error?: RawError;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly state?: { readonly messages: number };
  readonly message?: {
    readonly seq: number;
    readonly time: string;
    readonly data?: string;
    readonly hdrs?: string;
  };
};

export type RawClient = {
  readonly connection: NatsConnection;
  /** Publishes as JetStream wants it and resolves with the answer; rejects when there is none. */
  publish(subject: string, options?: RawMessage): Promise<RawAnswer>;
  api(verb: string, payload?: object): Promise<RawAnswer>;
  /** The last message of a subject, by the leader. */
  last(stream: string, subject: string): Promise<RawMessageFound | undefined>;
  close(): Promise<void>;
};

type RawMessage = {
  readonly body?: string;
  readonly header?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
};
type RawMessageFound = {
  readonly seq: number;
  readonly body: string;
  readonly headers: string;
  /** When the server stored it, by its clock. */
  readonly storedAtMs: number;
};

export async function connectRaw(url: string): Promise<RawClient> {
  const connection = await connect({
    servers: url.split(','),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
  });
  const api = async (verb: string, payload: object = {}): Promise<RawAnswer> =>
    (await connection.request(`$JS.API.${verb}`, JSON.stringify(payload), { timeout: 10_000 })).json();

  return {
    connection,
    api,
    publish: async (subject, { body = '', header = {}, timeoutMs = 10_000 } = {}) => {
      const options = { headers: headerOf(header), timeout: timeoutMs };

      return (await connection.request(subject, body, options)).json();
    },
    last: async (stream, subject) => {
      const { message } = await api(`STREAM.MSG.GET.${stream}`, { last_by_subj: subject });
      if (message === undefined) return undefined;
      const decode = (base64 = ''): string => Buffer.from(base64, 'base64').toString();
      const { seq, data, hdrs, time } = message;

      return { seq, body: decode(data), headers: decode(hdrs), storedAtMs: Date.parse(time) };
    },
    close: () => connection.close(),
  };
}

export function headerOf(lines: Readonly<Record<string, string>>): ReturnType<typeof headers> {
  const header = headers();
  for (const [name, value] of Object.entries(lines)) header.set(name, value);

  return header;
}

/** The header that makes a publish conditional: only behind this position of its subject. */
export function expecting(seq: number, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { 'Nats-Expected-Last-Subject-Sequence': String(seq), ...more };
}
