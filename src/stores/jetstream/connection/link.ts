import {
  createInbox,
  type Msg,
  type NatsConnection,
  PermissionViolationError,
} from '@nats-io/transport-node';
import { ApiRefusal } from './jetstream-errors.ts';
import type { UserRights } from './permissions.ts';

/** The connection with what this folder needs on top: whether it is up, and JetStream requests. */
export type Link = {
  readonly connection: NatsConnection;
  /** False from a disconnect to the reconnect: the client throws away what is sent in between. */
  isUp(): boolean;
  /** Calls back at every disconnect, until the returned function is called. */
  onDown(listener: () => void): () => void;
  /** Calls back at every reconnect, until the returned function is called. */
  onUp(listener: () => void): () => void;
  /** Whose address it is, where that names a user. */
  readonly user: string | undefined;
  /** Whether this user may do what engines do: claim, append, make streams. */
  readonly mayLead: boolean;
  /** A subject for answers that nobody else has, below the one that permissions give to the user. */
  inbox(): string;
  /**
   * Asks JetStream's API. Rejects with ApiRefusal, or with the client's error when no answer came in time: a few
   * seconds where nothing is said.
   */
  api<Response>(verb: string, payload: object, timeoutMs?: number): Promise<Response>;
  /** The last error that the server sent out of turn, such as a violation of permissions. */
  lastProblem(): string | undefined;
  /** Tells whoever opened the connection what a person should know. */
  tell(message: string): void;
  readonly writes: Writes;
};

/**
 * What became of the last writes: the proof that the server stores, or for how long it has not. An engine writes leases
 * every few seconds, so that there always is a last one.
 */
export type Writes = {
  /** An acknowledged write, or one that the server did not store although nothing was wrong with it. */
  saw(what: 'event' | 'lease', answer: { readonly kind: 'ack' } | NotStored): void;
  /** How long ago a write was acknowledged, in ms; since the connection was made, where none was. */
  silentMs(): number;
  /** What was not stored since something of its kind was stored last, the one that lasts longest. */
  failing(): { readonly forMs: number; readonly reason: string } | undefined;
};

type NotStored = { readonly kind: 'failed'; readonly reason: string };

type Listeners = Set<() => void>;

type State = { readonly down: Listeners; readonly up: Listeners; isUp: boolean; problem: string | undefined };

const API_TIMEOUT_MS = 5_000;

/** What the leader of a stream answers at once. While it has none nobody answers, and a long wait is only late. */
const READING = /^STREAM\.(INFO|MSG\.GET)\./;

const READ_TIMEOUT_MS = 1_000;

/** Nobody tries a single event for longer: after that its failure says nothing of the server any more. */
const FAILURE_MS_MAX = 45_000;

export function createLink(
  connection: NatsConnection,
  {
    tell = () => undefined,
    inboxPrefix,
    user,
    rights: { apiPrefix, mayLead } = { apiPrefix: '$JS.API', mayLead: true },
  }: {
    readonly tell?: ((message: string) => void) | undefined;
    readonly inboxPrefix?: string | undefined;
    readonly user?: string | undefined;
    readonly rights?: UserRights | undefined;
  } = {},
): Link {
  const state: State = { down: new Set(), up: new Set(), isUp: true, problem: undefined };
  void followStatus(connection, state);
  const writes = createWrites(() => performance.now());
  // A server that was started anew has forgotten why it did not store.
  state.up.add(writes.forget);

  return {
    connection,
    isUp: () => state.isUp && !connection.isClosed(),
    onDown: (listener) => listen(state.down, listener),
    onUp: (listener) => listen(state.up, listener),
    user,
    mayLead,
    inbox: () => createInbox(inboxPrefix),
    api: (verb, payload, timeoutMs) => request(connection, { verb, payload, apiPrefix, timeoutMs }),
    lastProblem: () => state.problem,
    tell,
    writes,
  };
}

function createWrites(passedMs: () => number): Writes & { readonly forget: () => void } {
  const failures = new Map<string, { readonly firstMs: number; readonly lastMs: number; reason: string }>();
  let storedMs = passedMs();

  return {
    saw: (what, answer) => {
      const lastMs = passedMs();
      if (answer.kind === 'ack') {
        storedMs = lastMs;
        failures.delete(what);
      } else {
        const firstMs = failures.get(what)?.firstMs ?? lastMs;
        failures.set(what, { firstMs, lastMs, reason: answer.reason });
      }
    },
    forget: () => failures.clear(),
    silentMs: () => passedMs() - storedMs,
    failing: () => {
      const nowMs = passedMs();
      const [longest] = [...failures.values()]
        .filter(({ lastMs }) => nowMs - lastMs < FAILURE_MS_MAX)
        .sort((one, other) => one.firstMs - other.firstMs);

      return longest && { forMs: nowMs - longest.firstMs, reason: longest.reason };
    },
  };
}

function listen(listeners: Listeners, listener: () => void): () => void {
  listeners.add(listener);

  return () => listeners.delete(listener);
}

async function followStatus(connection: NatsConnection, state: State): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'error' && !isOfLiveOutput(status.error)) state.problem = status.error.message;
    if (status.type === 'reconnect') change(state, true);
    if (status.type === 'disconnect') change(state, false);
  }
}

/** A server whose permissions are older says so of whoever tells or hears live output. It explains nothing else. */
function isOfLiveOutput(error: Error): boolean {
  return error instanceof PermissionViolationError && /^wf\.[^.]+\.live\./.test(error.subject);
}

function change(state: State, isUp: boolean): void {
  state.isUp = isUp;
  for (const listener of [...(isUp ? state.up : state.down)]) listener();
}

type ApiAnswer = { readonly error?: ConstructorParameters<typeof ApiRefusal>[0] };

async function request<Response>(
  connection: NatsConnection,
  {
    apiPrefix,
    verb,
    payload,
    timeoutMs = READING.test(verb) ? READ_TIMEOUT_MS : API_TIMEOUT_MS,
  }: {
    readonly apiPrefix: string;
    readonly verb: string;
    readonly payload: object;
    readonly timeoutMs: number | undefined;
  },
): Promise<Response> {
  const message = await connection.request(`${apiPrefix}.${verb}`, JSON.stringify(payload), {
    timeout: timeoutMs,
  });
  const answer = message.json<Response & ApiAnswer>();
  if (answer.error !== undefined) throw new ApiRefusal(answer.error);

  return answer;
}

/** What became of a publish: what the server said, or why nobody knows. */
export type PublishResult = Ack | PublishRefused | { readonly kind: 'lost'; readonly reason: string };

export type Ack = {
  readonly kind: 'ack';
  /** The position of the message, or of the last one of a batch. */
  readonly seq: number;
  readonly count: number;
  readonly duplicate: boolean;
};

export type PublishRefused = {
  readonly kind: 'refused';
  readonly errCode: number;
  /** Like an HTTP status. */
  readonly status: number;
  readonly description: string;
};

type PublishAnswer = {
  readonly error?: { readonly code?: number; readonly err_code?: number; readonly description?: string };
  readonly seq?: number;
  readonly count?: number;
  readonly duplicate?: boolean;
};

/** Reads the server's answer to a publish. */
export function readPublishAnswer(message: Msg): PublishResult {
  if (message.data.length === 0) {
    return { kind: 'lost', reason: 'nobody listens: JetStream is off, or a cluster elects a leader' };
  }
  const { error, seq = 0, count = 1, duplicate = false } = message.json<PublishAnswer>();
  if (error === undefined) return { kind: 'ack', seq, count, duplicate };

  const { err_code: errCode = 0, code: status = 0, description = 'refused' } = error;

  return { kind: 'refused', errCode, status, description };
}
