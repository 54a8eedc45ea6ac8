import type { z } from 'zod';
import { foreign, parseStored, unreadable } from '../../../../machines/run/record/stored-record.ts';
import { createTurns } from '../../../lib/turns.ts';
import type { Stored } from '../../../ports/runs/journal.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { patiently } from '../connection/retry.ts';
import { firstAfter, lastKnown, lastReadable, type StoredMessage } from '../connection/stored-message.ts';
import { subjectCounts } from '../connection/streams.ts';
import { tail } from './tail-session.ts';
import type { LostMessage } from './unsent-messages.ts';

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
  const [known, first] = await Promise.all([
    patiently(link, () => lastKnown(link, { stream, subject })),
    patiently(link, () => firstAfter(link, { stream, subject, after })),
  ]);
  if (known === undefined) return;
  if ('lostAt' in known) return yield* readUpTo({ link, names }, run, { after, lostAt: known.lostAt });
  const last = known.message;
  if (first === undefined || first.seq > last.seq) return;
  yield parseStored({ run, position: first.seq, body: first.body });
  if (first.seq === last.seq) return;

  if (!isShort(last)) return yield* readBetween({ link, names }, run, { after: first.seq, last: last.seq });
  yield* readOneByOne({ link, names }, run, { after: first.seq, before: last.seq });
  yield parseStored({ run, position: last.seq, body: last.body });
}

/** A consumer costs the server as much as so many messages that it is asked for. */
const shortMax = 8;

/** Whether the last message says that it is one of few: after its sequence a record holds nothing of anybody's. */
function isShort({ body }: StoredMessage): boolean {
  const sequence = /"sequence":(\d+)/.exec(body.slice(Math.max(body.lastIndexOf('"sequence":'), 0)))?.[1];

  return sequence !== undefined && Number(sequence) <= shortMax;
}

async function* readOneByOne(
  { link, names }: JournalSource,
  run: string,
  { after, before }: { readonly after: number; readonly before: number },
): AsyncGenerator<Stored, void, undefined> {
  const place = { stream: names.journalStream, subject: names.runSubject(run) };
  const next = (from: number) => patiently(link, () => firstAfter(link, { ...place, after: from }));
  for (
    let found = await next(after);
    found !== undefined && found.seq < before;
    found = await next(found.seq)
  )
    yield parseStored({ run, position: found.seq, body: found.body });
}

/**
 * A cluster puts the consumer on any replica. One that is behind counts what it has, and has told all of that before
 * `last`, which the leader knows: what is lacking is read through the leader.
 */
async function* readBetween(
  { link, names }: JournalSource,
  run: string,
  { after, last }: { readonly after: number; readonly last: number },
): AsyncGenerator<Stored, void, undefined> {
  const place = { stream: names.journalStream, filter: names.runSubject(run) };
  const from = { kind: 'position', seq: after + 1 } as const;
  const turn = createTurns();
  let told = after;
  for await (const item of tail(link, { ...place, from, givesUp: true })) {
    if (item.kind === 'caught-up') break;
    if (item.kind !== 'message') continue;
    const { seq, body } = item.message;
    if (seq > last) break;
    yield parseStored({ run, position: seq, body });
    if (seq === last) return;
    told = seq;
    await turn();
  }
  yield* readOneByOne({ link, names }, run, { after: told, before: last + 1 });
}

/** A run whose last message the server cannot read: those before it one by one, and then what is known of that one. */
async function* readUpTo(
  { link, names }: JournalSource,
  run: string,
  { after, lostAt }: { readonly after: number; readonly lostAt: number },
): AsyncGenerator<Stored, void, undefined> {
  yield* readOneByOne({ link, names }, run, { after, before: lostAt });
  if (lostAt > after) yield unreadable({ run, position: lostAt });
}

export async function lastOfRun({ link, names }: JournalSource, run: string): Promise<Stored | undefined> {
  const place = { stream: names.journalStream, subject: names.runSubject(run) };
  const last = await patiently(link, () => lastKnown(link, place));
  if (last === undefined) return undefined;
  if ('lostAt' in last) return unreadable({ run, position: last.lostAt });

  return parseStored({ run, position: last.message.seq, body: last.message.body });
}

/** How many messages each run has, or this one, by the index of the server: also those that it cannot read. */
export async function countsOfRuns(
  { link, names }: JournalSource,
  run?: string,
): Promise<ReadonlyMap<string, number>> {
  const filter = run === undefined ? names.journalSubjects : names.runSubject(run);
  const counts = await patiently(link, () => subjectCounts(link, names.journalStream, filter));

  return new Map([...counts].map(([subject, count]) => [names.runOf(subject).run, count]));
}

/** Not what the stream counted up to: a damaged last message has a number, and whoever follows never gets it. */
export async function endOfJournal({ link, names }: JournalSource): Promise<number> {
  const place = { stream: names.journalStream, subject: names.journalSubjects };
  const last = await patiently(link, () => lastReadable(link, place));

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
  for await (const item of tail(link, options)) {
    if (item.kind === 'caught-up') return;
    if (item.kind === 'start') continue;
    const { subject } = item.message;
    if (!said.has(subject))
      yield item.kind === 'message' ? storedOf(names, item.message) : lostOf(names, item);
    said.add(subject);
    await turn();
  }
}

/** What a message of the journal is, whatever subject it was sent to. */
export function storedOf(names: Names, { subject, seq, body }: StoredMessage): Stored {
  const { run, problem } = names.runOf(subject);
  const found = { run, position: seq, body };

  return problem === undefined ? parseStored(found) : foreign(found, problem);
}

function lostOf(names: Names, { message: { subject, seq } }: { readonly message: LostMessage }): Stored {
  return unreadable({ run: names.runOf(subject).run, position: seq });
}

/** What a text says, undefined when it is not what was expected. */
export function readMessage<Value>(schema: z.ZodType<Value>, text: string): Value | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
