import type { z } from 'zod';
import { foreign, parseStored } from '../../../../machines/run/record/stored-record.ts';
import { createTurns } from '../../../lib/turns.ts';
import type { Stored } from '../../../ports/runs/journal.ts';
import { ApiRefusal } from '../connection/jetstream-errors.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { patiently } from '../connection/retry.ts';
import { type TailMessage, tail } from './tail-session.ts';

const NO_MESSAGE_FOUND = 10037;

/** Where a journal is read from. */
export type JournalSource = { readonly link: Link; readonly names: Names };

/**
 * The messages of a run after a position, up to the one that is the last when reading begins. Many arrive with one
 * packet: whoever folds them would give nobody else a turn until all are done.
 */
export async function* readRun(
  { link, names }: JournalSource,
  run: string,
  after: number,
): AsyncGenerator<Stored, void, undefined> {
  const stream = names.journalStream;
  const subject = names.runSubject(run);
  // Together, because many runs have one message, or none after the position: then this is all.
  const [last, first] = await Promise.all([
    patiently(link, () => lastOf(link, { stream, subject })),
    patiently(link, () => firstAfter(link, { stream, subject, after })),
  ]);
  if (last === undefined || first === undefined || first.seq > last.seq) return;
  yield parseStored({ run, position: first.seq, body: first.body });
  if (first.seq === last.seq) return;

  const from = { kind: 'position', seq: first.seq + 1 } as const;
  const turn = createTurns();
  for await (const item of tail(link, { stream, filter: subject, from, givesUp: true })) {
    if (item.kind === 'start') continue;
    const { seq, message } = item.message;
    if (seq > last.seq) return;
    yield parseStored({ run, position: seq, body: message.string() });
    if (seq === last.seq) return;
    await turn();
  }
}

export async function lastOfRun({ link, names }: JournalSource, run: string): Promise<Stored | undefined> {
  const stream = names.journalStream;
  const subject = names.runSubject(run);
  const last = await patiently(link, () => lastOf(link, { stream, subject }));

  return last === undefined ? undefined : parseStored({ run, position: last.seq, body: last.body });
}

/** Not what the stream counted up to: a damaged last message has a number, and whoever follows never gets it. */
export async function endOfJournal({ link, names }: JournalSource): Promise<number> {
  const place = { stream: names.journalStream, subject: names.journalSubjects };
  const last = await patiently(link, () => lastOf(link, place));

  return last?.seq ?? 0;
}

/** The last message of every subject. After a reconnect it begins again and leaves out what was said before. */
export async function* lastOfEachRun({
  link,
  names,
}: JournalSource): AsyncGenerator<Stored, void, undefined> {
  const said = new Set<string>();
  const stream = names.journalStream;
  const from = { kind: 'last-of-each' } as const;
  const options = { stream, filter: names.journalSubjects, from, current: true, givesUp: true };
  const turn = createTurns();
  let left = 0;
  for await (const item of tail(link, options)) {
    if (item.kind === 'start') {
      left = item.pending;
    } else {
      left--;
      const { subject } = item.message;
      if (!said.has(subject)) yield storedOf(names, item.message);
      said.add(subject);
    }
    if (left <= 0) return;
    await turn();
  }
}

/** What a message of the journal is, whatever subject it was sent to. */
export function storedOf(names: Names, { subject, seq, message }: TailMessage): Stored {
  const { run, problem } = names.runOf(subject);
  const found = { run, position: seq, body: message.string() };

  return problem === undefined ? parseStored(found) : foreign(found, problem);
}

/** One stored message, read through the leader, so that it is never older than the last acknowledged append. */
export type StoredMessage = {
  readonly subject: string;
  readonly seq: number;
  readonly body: string;
  /** The raw header block; empty when there is none. */
  readonly headers: string;
};

/** The last message of a subject, which may hold wildcards. */
export function lastOf(
  link: Link,
  { stream, subject }: { readonly stream: string; readonly subject: string },
): Promise<StoredMessage | undefined> {
  return getMessage(link, stream, { last_by_subj: subject });
}

/** The first message of a subject after a position. */
export function firstAfter(
  link: Link,
  { stream, subject, after }: { readonly stream: string; readonly subject: string; readonly after: number },
): Promise<StoredMessage | undefined> {
  return getMessage(link, stream, { seq: after + 1, next_by_subj: subject });
}

type MessageResponse = {
  readonly message: {
    readonly subject: string;
    readonly seq: number;
    readonly data?: string;
    readonly hdrs?: string;
  };
};

async function getMessage(link: Link, stream: string, query: object): Promise<StoredMessage | undefined> {
  try {
    const { message } = await link.api<MessageResponse>(`STREAM.MSG.GET.${stream}`, query);

    return {
      subject: message.subject,
      seq: message.seq,
      body: decode(message.data),
      headers: decode(message.hdrs),
    };
  } catch (error) {
    if (error instanceof ApiRefusal && error.errCode === NO_MESSAGE_FOUND) return undefined;
    throw error;
  }
}

function decode(base64: string | undefined): string {
  return base64 === undefined ? '' : Buffer.from(base64, 'base64').toString();
}

/** What a text says, undefined when it is not what was expected. */
export function readMessage<Value>(schema: z.ZodType<Value>, text: string): Value | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
