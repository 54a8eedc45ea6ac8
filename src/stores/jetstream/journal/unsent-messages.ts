import type { Link } from '../connection/link.ts';
import { patiently } from '../connection/retry.ts';
import { firstAfter, lastKnown, type Place, type StoredMessage } from '../connection/stored-message.ts';
import { streamInfo, subjectsIn } from '../connection/streams.ts';

/** Messages read at a time. */
const READS_MAX = 50;

/** A message that the server counts and cannot read. */
export type LostMessage = Pick<StoredMessage, 'subject' | 'seq'>;

/** `start` is said whenever reading begins or begins again; `caught-up` once all that was there by then was told. */
export type TailItem =
  | { readonly kind: 'start' }
  | { readonly kind: 'message'; readonly message: StoredMessage }
  | { readonly kind: 'unreadable'; readonly message: LostMessage }
  | { readonly kind: 'caught-up' };

/** How far a consumer came. */
export type Stalled = { readonly told: ReadonlySet<string>; readonly lastSeq: number };

/** The messages behind a position, one by one. Resolves with the position of the last. */
export async function* restBehind(
  link: Link,
  { stream, subject }: Place,
  { lastSeq }: Stalled,
): AsyncGenerator<TailItem, number, undefined> {
  tellOnce(link, stream);
  let after = lastSeq;
  for (;;) {
    const message = await patiently(link, () => firstAfter(link, { stream, subject, after }));
    if (message === undefined) return after;
    yield { kind: 'message', message };
    after = message.seq;
  }
}

/** The last messages of the subjects that were not told. Resolves with a position behind which nothing was read. */
export async function* restOfEach(
  link: Link,
  { stream, subject: filter }: Place,
  { told }: Stalled,
): AsyncGenerator<TailItem, number, undefined> {
  const before = await patiently(link, () => streamInfo(link, stream));
  const subjects = await patiently(link, () => subjectsIn(link, stream, filter));
  const left = subjects.filter((subject) => !told.has(subject));
  for (let from = 0; from < left.length; from += READS_MAX) {
    const some = left.slice(from, from + READS_MAX);
    const read = await Promise.all(some.map((subject) => lastItem(link, { stream, subject })));
    for (const item of read) if (item !== undefined) yield item;
  }

  return before?.state.last_seq ?? 0;
}

async function lastItem(link: Link, place: Place): Promise<TailItem | undefined> {
  const last = await patiently(link, () => lastKnown(link, place));
  if (last === undefined) return undefined;
  if ('message' in last) return { kind: 'message', message: last.message };
  tellOnce(link, place.stream);

  return { kind: 'unreadable', message: { subject: place.subject, seq: last.lostAt } };
}

const toldOf = new WeakMap<Link, Set<string>>();

function tellOnce(link: Link, stream: string): void {
  const told = toldOf.get(link) ?? new Set();
  toldOf.set(link, told);
  if (told.has(stream)) return;
  told.add(stream);
  link.tell(
    `the server cannot read every message of the stream ${stream}: a file of its store is damaged; what can be read is ` +
      'read one by one, and the rest goes on; run `workflow doctor --all`',
  );
}
