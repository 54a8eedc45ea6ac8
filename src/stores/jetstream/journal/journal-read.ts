import { foreign, parseStored } from '../../../../machines/run/record/stored-record.ts';
import type { Stored } from '../../../ports/runs/journal.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { patiently } from '../connection/retry.ts';
import { firstAfter, lastOf } from './stream-get.ts';
import { type TailMessage, tail } from './tail-session.ts';

/** Where a journal is read from. */
export type JournalSource = { readonly link: Link; readonly names: Names };

/** Many messages arrive with one packet: whoever folds them would give nobody else a turn until all are done. */
const inOneTurnMax = 50;

/** The messages of a run after a position, up to the one that is the last when reading begins. */
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
  let told = 0;
  for await (const item of tail(link, { stream, filter: subject, from, givesUp: true })) {
    if (item.kind === 'start') continue;
    const { seq, message } = item.message;
    if (seq > last.seq) return;
    yield parseStored({ run, position: seq, body: message.string() });
    if (seq === last.seq) return;
    told += 1;
    if (told % inOneTurnMax === 0) await new Promise((resolve) => void setImmediate(resolve));
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
  }
}

/** What a message of the journal is, whatever subject it was sent to. */
export function storedOf(names: Names, { subject, seq, message }: TailMessage): Stored {
  const { run, problem } = names.runOf(subject);
  const found = { run, position: seq, body: message.string() };

  return problem === undefined ? parseStored(found) : foreign(found, problem);
}
