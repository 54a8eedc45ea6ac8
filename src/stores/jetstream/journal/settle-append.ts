import { type MsgHdrs, nuid } from '@nats-io/transport-node';
import {
  type Append,
  JournalConflict,
  JournalUnavailable,
  RecordTooLarge,
} from '../../../ports/runs/journal.ts';
import { MOMENTARY, WRONG_POSITION } from '../connection/jetstream-errors.ts';
import type { Ack, Link, PublishRefused, PublishResult } from '../connection/link.ts';
import { type AckInbox, rawHeader } from '../queue/ack-inbox.ts';

/** An election is shorter most of the time. */
const TOLD_AFTER_MS = 5_000;

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
function isUnsettled(answer: PublishResult): boolean {
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
function unsettledReason(answer: PublishResult): string {
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

type OnAnswer = (answer: PublishResult) => void;

/** Sends one append alone. */
export function publishSingle(inbox: AckInbox, pending: PendingAppend, onAnswer: OnAnswer): void {
  const { subject, body, append } = pending;
  inbox.publish({ subject, body, headers: appendHeader(append.after) }, onAnswer);
}

/** Sends appends of different runs as one atomic batch: all are stored or none is. One answer comes, for the last. */
export function publishBatch(inbox: AckInbox, group: readonly PendingAppend[], onAnswer: OnAnswer): void {
  const batch = nuid.next();
  for (const [index, { subject, body, append }] of group.entries()) {
    const sequence = index + 1;
    const commit = sequence === group.length;
    const headers = batchHeader({ batch, sequence, after: append.after, commit });
    if (commit) inbox.publish({ subject, body, headers }, onAnswer);
    else inbox.send({ subject, body, headers });
  }
}

/** The header of a single append: the position that the run's subject must be at. */
function appendHeader(after: number): MsgHdrs {
  return rawHeader(`NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: ${after}\r\n\r\n`);
}

/**
 * The header of one message of an atomic batch. Set by hand on every message, because the client's batches drop
 * the expected position of all but the first.
 */
function batchHeader(message: {
  readonly batch: string;
  /** From 1. */
  readonly sequence: number;
  readonly after: number;
  readonly commit: boolean;
}): MsgHdrs {
  const commit = message.commit ? 'Nats-Batch-Commit: 1\r\n' : '';

  return rawHeader(
    `NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: ${message.after}\r\n` +
      `Nats-Batch-Id: ${message.batch}\r\nNats-Batch-Sequence: ${message.sequence}\r\n${commit}\r\n`,
  );
}

/** Notices when the journal takes nothing from anybody for long: tells it once for all runs, and when it is over. */
export type Outage = {
  /** An answer to an append. */
  readonly saw: (answer: PublishResult) => void;
  /** Something was stored. */
  readonly stored: () => void;
};

export function createOutage(
  { tell, writes }: Pick<Link, 'tell' | 'writes'>,
  passedMs: () => number,
): Outage {
  let since: number | undefined;
  let isTold = false;

  function over(): void {
    since = undefined;
    if (isTold) tell('the journal takes events again');
    isTold = false;
  }

  return {
    stored: () => {
      writes.saw('event', { kind: 'ack' });
      over();
    },
    saw: (answer) => {
      if (isUnsettled(answer) || (answer.kind === 'refused' && FULL.has(answer.errCode)))
        writes.saw('event', { kind: 'failed', reason: unsettledReason(answer) });
      if (!isUnsettled(answer)) return over();
      since ??= passedMs();
      const lastedMs = passedMs() - since;
      if (isTold || lastedMs < TOLD_AFTER_MS) return;
      isTold = true;
      tell(
        `the journal has taken no event for ${Math.floor(lastedMs / 1000)} s (${unsettledReason(answer)}); runs wait, and go on ` +
          'when it does; on a cluster more than half of the NATS servers have to be up: `workflow doctor` tells',
      );
    },
  };
}
