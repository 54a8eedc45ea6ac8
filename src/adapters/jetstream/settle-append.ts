import { JournalConflict, JournalUnavailable, RecordTooLarge } from '../../ports/journal-errors.ts';
import type { AckInbox } from './ack-inbox.ts';
import type { Ack, Answer, Refused } from './answer.ts';
import type { Link } from './link.ts';
import { PATIENCE_MS, patiently, pause } from './patience.ts';
import type { PendingAppend } from './pending-append.ts';
import { publishSingle } from './publish-appends.ts';
import { firstAfter } from './stream-get.ts';

/** What appending needs to know. */
export type AppendContext = {
  readonly link: Link;
  readonly inbox: AckInbox;
  readonly stream: string;
  readonly recordBytesMax: number;
};

const WRONG_POSITION = 10071;
const TOO_LARGE = 10054;
/** Answers that no retry changes soon, with the words for a person. */
const FULL: ReadonlyMap<number, string> = new Map([
  [10077, 'the journal is full (a limit of the stream is reached)'],
  [10023, "the server's storage for JetStream is full (max_file_store)"],
  [10047, "the server's storage for JetStream is used up or reserved"],
]);
/** A proposal or a batch for the subject is in flight: answers of a moment. */
const MOMENTARY: ReadonlySet<number> = new Set([10164, 10158]);

/**
 * Settles an append whose answer was not simply "stored". While the answer is missing, the same record is sent
 * again with the same expected position: this is a fence, because a late first message is then refused. When the
 * server says that the position is wrong, the first message after it tells whether it was ours that got there.
 */
export async function settleAppend(
  context: AppendContext,
  pending: PendingAppend,
  firstAnswer: Answer,
): Promise<number> {
  const since = performance.now();
  let answer = firstAnswer;
  for (let attempt = 0; isOpen(answer); attempt++) {
    refuseToGoOn(context.link, answer, since);
    await pause(attempt);
    answer = await publishOnce(context.inbox, pending);
  }
  if (answer.kind === 'ack') return accepted(pending, answer);
  if (answer.kind === 'refused' && answer.errCode === WRONG_POSITION) return ownPosition(context, pending);

  throw refusal(context, pending, answer);
}

/** Whether another attempt is needed to know. */
function isOpen(answer: Answer): boolean {
  if (answer.kind !== 'refused') return answer.kind === 'lost';
  if (MOMENTARY.has(answer.errCode)) return true;

  return answer.status >= 500 && !FULL.has(answer.errCode);
}

function refuseToGoOn(link: Link, answer: Answer, since: number): void {
  if (link.connection.isClosed()) throw new JournalUnavailable('the connection to the journal was closed');
  if (performance.now() - since < PATIENCE_MS) return;

  const problem = link.lastProblem();
  const said = problem === undefined ? '' : ` The server said: ${problem}.`;
  throw new JournalUnavailable(
    `journal not writable for ${PATIENCE_MS / 1000} s (${reasonOf(answer)}).${said} ${adviceOf(link)}`,
  );
}

// A server on a full disk keeps the connection and stores nothing; without a connection the disk is a wrong lead.
function adviceOf(link: Link): string {
  return link.isUp()
    ? 'Disk full? Then free space and restart nats-server. Else run `workflow doctor`'
    : 'The connection to nats-server is down; run `workflow doctor`';
}

function reasonOf(answer: Answer): string {
  if (answer.kind === 'lost') return answer.reason;

  return answer.kind === 'refused' ? answer.description : 'stored';
}

function publishOnce(inbox: AckInbox, pending: PendingAppend): Promise<Answer> {
  return new Promise((resolve) => publishSingle(inbox, pending, resolve));
}

function accepted({ append }: PendingAppend, { duplicate, seq }: Ack): number {
  // We never send a message id, so an answer that speaks of one is about something else than our record.
  if (duplicate) {
    throw new JournalUnavailable(`the server took record ${append.id} for a duplicate and did not store it`);
  }

  return seq;
}

async function ownPosition({ link, stream }: AppendContext, pending: PendingAppend): Promise<number> {
  const { append, subject } = pending;
  const first = await patiently(link, () => firstAfter(link, { stream, subject, after: append.after }));
  if (first?.body === append.body) return first.seq;

  throw new JournalConflict(append.run, append.after);
}

function refusal(context: AppendContext, { append, body }: PendingAppend, answer: Answer): Error {
  const { errCode = 0, description = '' }: Partial<Refused> = answer.kind === 'refused' ? answer : {};
  if (errCode === TOO_LARGE) return new RecordTooLarge(append.id, body.length, context.recordBytesMax);
  const reason = FULL.get(errCode) ?? `the server refused record ${append.id}`;

  return new JournalUnavailable(`${reason}: ${description} (error ${errCode})`);
}
