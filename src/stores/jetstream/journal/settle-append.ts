import {
  type Append,
  JournalConflict,
  JournalUnavailable,
  RecordTooLarge,
} from '../../../ports/runs/journal.ts';
import type { Ack, PublishRefused, PublishResult } from '../connection/answer.ts';
import { MOMENTARY, WRONG_POSITION } from '../connection/jetstream-errors.ts';

/** The server that stores appends, and the time that passes while it does. */
export type AppendServer = {
  /** Sends the record, expecting the position it names; resolves with what became of it. Never rejects. */
  publish(pending: PendingAppend): Promise<PublishResult>;
  /** The first message of the run after the expected position, through the leader. Tries as long as appending does. */
  firstAfter(pending: PendingAppend): Promise<{ readonly seq: number; readonly body: string } | undefined>;
  /** Waits a little longer each time. */
  pause(attempt: number): Promise<void>;
  /** Milliseconds that pass evenly, whatever the clock on the wall does. */
  passedMs(): number;
  isClosed(): boolean;
  isUp(): boolean;
  /** The last error that the server sent out of turn. */
  lastProblem(): string | undefined;
  /** The time limit for an append, its repetitions included, in ms. */
  readonly patienceMs: number;
  readonly recordBytesMax: number;
};

const TOO_LARGE = 10054;

/** Answers that no retry changes soon, with the words for a person. */
const FULL: ReadonlyMap<number, string> = new Map([
  [10077, 'the journal is full (a limit of the stream is reached)'],
  [10023, "the server's storage for JetStream is full (max_file_store)"],
  [10047, "the server's storage for JetStream is used up or reserved"],
]);

/** A proposal or a batch for the subject is in flight: answers of a moment. */
const PASSING: ReadonlySet<number> = new Set([MOMENTARY, 10158]);

/**
 * Settles an append whose answer was not simply "stored". While the answer is missing, the same record is sent
 * again with the same expected position: this is a fence, because a late first message is then refused. When the
 * server says that the position is wrong, the first message after it tells whether it was ours that got there.
 */
export async function settleAppend(
  server: AppendServer,
  pending: PendingAppend,
  firstAnswer: PublishResult,
): Promise<number> {
  const since = server.passedMs();
  let answer = firstAnswer;
  for (let attempt = 0; isUnsettled(answer); attempt++) {
    refuseToGoOn(server, answer, since);
    await server.pause(attempt);
    answer = await server.publish(pending);
  }
  if (answer.kind === 'ack') return accepted(pending, answer);
  if (answer.kind === 'refused' && answer.errCode === WRONG_POSITION) return ownPosition(server, pending);

  throw refusal(server, pending, answer);
}

/** Whether another attempt is needed to know. */
export function isUnsettled(answer: PublishResult): boolean {
  if (answer.kind !== 'refused') return answer.kind === 'lost';
  if (PASSING.has(answer.errCode)) return true;

  return answer.status >= 500 && !FULL.has(answer.errCode);
}

function refuseToGoOn(server: AppendServer, answer: PublishResult, since: number): void {
  if (server.isClosed()) throw new JournalUnavailable('the connection to the journal was closed');
  if (server.passedMs() - since < server.patienceMs) return;

  const problem = server.lastProblem();
  const said = problem === undefined ? '' : ` The server said: ${problem}.`;
  throw new JournalUnavailable(
    `journal not writable for ${server.patienceMs / 1000} s (${unsettledReason(answer)}).${said} ${adviceOf(server)}`,
  );
}

// A server on a full disk keeps the connection and stores nothing; without a connection the disk is a wrong lead.
function adviceOf(server: AppendServer): string {
  return server.isUp()
    ? 'Disk full? Then free space and restart nats-server. Else run `workflow doctor`'
    : 'The connection to nats-server is down; run `workflow doctor`';
}

/** Why an append is not stored yet. */
export function unsettledReason(answer: PublishResult): string {
  if (answer.kind === 'lost') return answer.reason;

  return answer.kind === 'refused' ? answer.description : 'stored';
}

function accepted({ append }: PendingAppend, { duplicate, seq }: Ack): number {
  // We never send a message id, so an answer that speaks of one is about something else than our record.
  if (duplicate) {
    throw new JournalUnavailable(`the server took record ${append.id} for a duplicate and did not store it`);
  }

  return seq;
}

async function ownPosition(server: AppendServer, pending: PendingAppend): Promise<number> {
  const { append } = pending;
  const first = await server.firstAfter(pending);
  if (first?.body === append.body) return first.seq;

  throw new JournalConflict(append.run, append.after);
}

function refusal(server: AppendServer, { append, body }: PendingAppend, answer: PublishResult): Error {
  const { errCode = 0, description = '' }: Partial<PublishRefused> = answer.kind === 'refused' ? answer : {};
  if (errCode === TOO_LARGE) return new RecordTooLarge(append.id, body.length, server.recordBytesMax);
  const reason = FULL.get(errCode) ?? `the server refused record ${append.id}`;

  return new JournalUnavailable(`${reason}: ${description} (error ${errCode})`);
}

/** An append on its way: the bytes are made once, however often they are sent. */
export type PendingAppend = {
  readonly append: Append;
  readonly subject: string;
  readonly body: Uint8Array;
  readonly resolve: (position: number) => void;
  readonly reject: (error: Error) => void;
};
