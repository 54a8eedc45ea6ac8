import { nuid } from '@nats-io/transport-node';
import { GenerationRefused, type LeftBehind } from '../../../ports/runs/generations.ts';
import { JournalUnavailable } from '../../../ports/runs/journal.ts';
import type { Link, PublishResult } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { patiently } from '../connection/retry.ts';
import type { StoredMessage } from '../connection/stored-message.ts';
import { streamInfo } from '../connection/streams.ts';
import { tail } from '../journal/tail-session.ts';
import { type AckedMessage, type AckInbox, createAckInbox, rawHeader } from '../queue/ack-inbox.ts';

/** The server takes at most a thousand messages at once. */
const BATCH_MAX = 900;
const BATCH_BYTES_MAX = 4 * 1024 * 1024;
const TRIES_MAX = 5;
const NOTHING = new Uint8Array();

export type CarryOver = {
  readonly link: Link;
  readonly names: Names;
  readonly from: string;
  readonly to: string;
  readonly carrier: string;
  readonly without: LeftBehind;
  /** Makes the stream that is filled, once it is known with which position it begins. */
  readonly begin: (first: number) => Promise<void>;
};

/** What was carried so far. */
export type Carried = {
  /** The position up to which it was. */
  readonly to: number;
  /** The first position that is there; undefined where nothing was carried yet. */
  readonly first: number | undefined;
  readonly messages: number;
};

export const nothingCarried: Carried = { to: 0, first: undefined, messages: 0 };

/** The subject of what holds the place of a message that stays behind, until all are taken away at once. */
export function placeholderSubject({ carrySubjects }: Names, carrier: string): string {
  return `${carrySubjects(carrier).to}${PLACEHOLDER}`;
}

const PLACEHOLDER = 'left-behind';

/**
 * Carries what the old stream holds behind a position into the new one, up to what it held when this began. Rejects
 * with GenerationRefused where a run that should stay behind moved on, or a message cannot be read, and with
 * JournalUnavailable where the server does not take it.
 */
export async function carryBehind(carrying: CarryOver, before: Carried, upTo: number): Promise<Carried> {
  if (upTo <= before.to) return before;
  const inbox = createAckInbox(carrying.link);
  const filling = createFilling(carrying, inbox, before);
  try {
    for await (const message of messagesBetween(carrying, before.to, upTo)) await filling.take(message);

    return await filling.finish(upTo);
  } finally {
    inbox.close();
  }
}

async function* messagesBetween(
  { link, from: stream }: CarryOver,
  after: number,
  upTo: number,
): AsyncGenerator<StoredMessage, void, undefined> {
  const from = { kind: 'position', seq: after + 1 } as const;
  for await (const item of tail(link, { stream, filter: '>', from, current: true, givesUp: true })) {
    if (item.kind === 'caught-up') return;
    if (item.kind === 'unreadable') throw unreadable(item.message.seq);
    if (item.kind !== 'message') continue;
    if (item.message.seq > upTo) return;
    yield item.message;
    if (item.message.seq === upTo) return;
  }
}

function unreadable(position: number): GenerationRefused {
  return new GenerationRefused(
    'generations.damaged',
    `the server cannot read the message at position ${position} of the journal: mend that first; \`workflow doctor --all\``,
  );
}

type Filling = {
  readonly take: (message: StoredMessage) => Promise<void>;
  readonly finish: (upTo: number) => Promise<Carried>;
};

function createFilling(carrying: CarryOver, inbox: AckInbox, before: Carried): Filling {
  const { names, carrier, without } = carrying;
  const { from: prefix, to: plain } = names.carrySubjects(carrier);
  let { to, first, messages } = before;
  let batch: Omit<AckedMessage, 'headers'>[] = [];
  let headers: string[] = [];
  let bytes = 0;

  const flush = async (): Promise<void> => {
    if (batch.length > 0) await sendBatch(carrying, inbox, { messages: batch, headers, last: to });
    batch = [];
    headers = [];
    bytes = 0;
  };
  const put = async (subject: string, body: Uint8Array, header: string): Promise<void> => {
    batch.push({ subject: `${prefix}${subject}`, body });
    headers.push(header);
    bytes += body.length;
    to += 1;
    if (batch.length >= BATCH_MAX || bytes >= BATCH_BYTES_MAX) await flush();
  };
  const leavePlaces = async (position: number): Promise<void> => {
    // What is before the first message needs no place: the stream begins there.
    while (first !== undefined && to < position) await put(PLACEHOLDER, NOTHING, '');
    if (first === undefined) to = position;
  };

  return {
    take: async (message) => {
      const { subject, seq, data } = message;
      const { run, problem } = names.runOf(subject);
      const last = problem === undefined ? without.get(run) : undefined;
      if (last !== undefined && seq > last) throw GenerationRefused.movedOn(run);
      // What an earlier carrier has put there to see that all is stored is nobody's.
      if (last !== undefined || !subject.startsWith(plain)) return leavePlaces(seq);
      await leavePlaces(seq - 1);
      if (first === undefined) await carrying.begin(seq);
      first ??= seq;
      messages += 1;
      await put(subject.slice(plain.length), data, ownHeaders(message));
    },
    finish: async (upTo) => {
      await leavePlaces(upTo);
      await flush();

      return { to, first, messages };
    },
  };
}

/** When a message that was carried over was stored first, in ms since 1970. */
const STORED_AT = 'Workflow-Stored-At';

/** What the server said of the message when it was stored says nothing of it any more, but for the time. */
function ownHeaders({ headers, storedAtMs }: StoredMessage): string {
  const lines = headers.split('\r\n').slice(1);
  const own = lines.filter((line) => line !== '' && !line.startsWith('Nats-'));
  const isCarried = own.some((line) => line.startsWith(`${STORED_AT}:`));

  return [...own, ...(isCarried ? [] : [`${STORED_AT}: ${storedAtMs}`])]
    .map((line) => `${line}\r\n`)
    .join('');
}

/** When it was stored first. */
export function firstStoredMs({ headers, storedAtMs }: StoredMessage): number {
  const line = headers.split('\r\n').find((each) => each.startsWith(`${STORED_AT}:`));

  return line === undefined ? storedAtMs : Number(line.slice(STORED_AT.length + 1));
}

type Batch = {
  readonly messages: readonly Omit<AckedMessage, 'headers'>[];
  /** Lines of the header of each. */
  readonly headers: readonly string[];
  /** The position that the last of them is given. */
  readonly last: number;
};

/** All of them or none. One whose answer is lost is looked for, and sent once more where it is not there. */
async function sendBatch(
  { link, to }: Pick<CarryOver, 'link' | 'to'>,
  inbox: AckInbox,
  batch: Batch,
): Promise<void> {
  const { messages, last } = batch;
  let said = '';
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const answer = await publishBatch(inbox, batch);
    if (answer.kind === 'ack' && answer.seq === last && answer.count === messages.length) return;
    if (answer.kind !== 'lost')
      throw notTaken(answer.kind === 'ack' ? `it stands at ${answer.seq}` : answer.description);
    said = answer.reason;
    const { last_seq: end } = (await patiently(link, () => streamInfo(link, to)))?.state ?? {};
    if (end === last) return;
    if (end !== last - messages.length) throw notTaken(`it ends at ${end}, not at ${last}`);
  }
  throw notTaken(said);
}

function notTaken(said: string): JournalUnavailable {
  return new JournalUnavailable(`the next generation of the journal does not take what it is given: ${said}`);
}

function publishBatch(inbox: AckInbox, { messages, headers }: Batch): Promise<PublishResult> {
  const id = nuid.next();

  return new Promise<PublishResult>((resolve) => {
    for (const [index, { subject, body }] of messages.entries()) {
      const isLast = index === messages.length - 1;
      const lines =
        `NATS/1.0\r\nNats-Batch-Id: ${id}\r\nNats-Batch-Sequence: ${index + 1}\r\n` +
        `${isLast ? 'Nats-Batch-Commit: 1\r\n' : ''}${headers[index] ?? ''}\r\n`;
      const message = { subject, body, headers: rawHeader(lines) };
      if (isLast) inbox.publish(message, resolve);
      else inbox.send(message);
    }
  });
}
