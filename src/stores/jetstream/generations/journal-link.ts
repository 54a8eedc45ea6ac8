import { setTimeout as delay } from 'node:timers/promises';
import { onceForLater } from '../../../lib/once.ts';
import { messageOf } from '../../../lib/text.ts';
import { JournalUnavailable } from '../../../ports/runs/journal.ts';
import { ApiRefusal } from '../connection/jetstream-errors.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { PATIENCE_MS } from '../connection/retry.ts';
import { STREAM_NOT_FOUND, type StreamInfo } from '../connection/streams.ts';
import { type FoundJournal, findJournal, isMoving } from './find-journal.ts';
import { settleJournal } from './settle-journal.ts';

const LOOK_EVERY_MS = 1_000;
/**
 * How long a generation lasts at least. A request to remove a stream that a carrier sent before it was stopped does not
 * reach the server any more after this time, as the server has given up its connection: only then is the name of the
 * stream used once more.
 */
export const AGE_MS_MIN = 10 * 60_000;
/** For so much of that time it counts where the journal was seen. */
const CERTAIN_SHARE = 0.1;

/**
 * A link for which the journal has one name, wherever it is kept: what is asked of that name is asked of the stream of
 * the current generation. When the journal has moved, whoever follows it is told as if the connection had been lost.
 *
 * A name is used again for the generation after the next, which for a while holds less than all. So where the journal
 * is counts only as long as no two generations can have followed each other since somebody looked.
 */
export type JournalLink = Link & {
  /** Looks where the journal is now. */
  readonly look: () => Promise<void>;
  close(): void;
};

/** Looks where the journal is. What a carrier left is ended meanwhile. */
export async function openJournalLink(
  link: Link,
  names: Names,
  { generationAgeMs = AGE_MS_MIN }: { readonly generationAgeMs?: number | undefined } = {},
): Promise<JournalLink> {
  const found = await findJournal(link, names);
  let stream = nameIn(found, names);
  let seenMs = performance.now();
  const moved = new Set<() => void>();
  const closing = new AbortController();

  function moveTo(name: string): void {
    if (name === stream) return;
    stream = name;
    for (const listener of [...moved]) listener();
  }
  const isCertain = () => performance.now() - seenMs < generationAgeMs * CERTAIN_SHARE;
  const look = onceForLater(async (): Promise<void> => {
    const beforeMs = performance.now();
    moveTo(nameIn(await findJournal(link, names), names));
    seenMs = beforeMs;
  });
  const watch = onceForLater(async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const there = await settleJournal(link, names).catch(() => undefined);
      await look().catch(() => undefined);
      if (there !== undefined && !isMoving(there)) return;
      await delay(LOOK_EVERY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  });
  // Who may not make streams hears nothing of it, and finds out when the stream is gone.
  const stopListening = link.mayLead ? hearing(link, names, () => void watch()) : () => undefined;
  if (link.mayLead && isMoving(found)) void watch();
  // While the connection is lost anything may happen.
  const stopDoubting = link.onDown(() => {
    seenMs = Number.NEGATIVE_INFINITY;
  });

  return {
    ...link,
    look,
    onDown: (listener) => {
      const stop = link.onDown(listener);
      moved.add(listener);

      return () => {
        stop();
        moved.delete(listener);
      };
    },
    api: async (verb, payload, timeoutMs) => {
      if (!isAbout(names, verb)) return link.api<never>(verb, payload, timeoutMs);
      if (!isCertain()) await look();
      const ask = (name: string) => {
        const asked = askedOf(name, names, { verb, payload });
        return link.api<never>(asked.verb, asked.payload, timeoutMs);
      };
      const before = stream;
      try {
        return await ask(before);
      } catch (error) {
        if (!isGone(error)) throw error;
        if (stream === before) await look();
        if (stream === before) throw error;

        return ask(stream);
      }
    },
    close: () => {
      closing.abort();
      stopListening();
      stopDoubting();
    },
  };
}

/** Where the journal is once nobody is at it. Rejects with JournalUnavailable. */
export async function whenSettled(link: Link, names: Names): Promise<FoundJournal> {
  const since = performance.now();
  for (;;) {
    const found = await settleJournal(link, names);
    if (!isMoving(found)) return found;
    if (performance.now() - since > PATIENCE_MS)
      throw new JournalUnavailable(
        `the journal is being carried over into its next generation for ${PATIENCE_MS / 1000} s; try again later`,
      );
    await delay(LOOK_EVERY_MS);
  }
}

function nameIn({ current }: { readonly current: StreamInfo | undefined }, names: Names): string {
  return current?.config.name ?? names.journalStream;
}

function isGone(error: unknown): boolean {
  return error instanceof ApiRefusal && error.errCode === STREAM_NOT_FOUND;
}

function isAbout({ journalStream }: Names, verb: string): boolean {
  return verb.includes(journalStream) && verb.split('.').includes(journalStream);
}

function askedOf(
  stream: string,
  { journalStream }: Names,
  { verb, payload }: { readonly verb: string; readonly payload: object },
): { readonly verb: string; readonly payload: object } {
  if (stream === journalStream) return { verb, payload };
  const named = 'stream_name' in payload ? { ...payload, stream_name: stream } : payload;

  return {
    verb: verb
      .split('.')
      .map((token) => (token === journalStream ? stream : token))
      .join('.'),
    payload: named,
  };
}

/** Calls back when a carrier begins or ends, and after a reconnect, when it may have been missed. */
function hearing(link: Link, names: Names, onWord: () => void): () => void {
  const subscription = link.connection.subscribe(names.generationSubject, {
    callback: (error) => {
      if (error !== null) link.tell(`the generations of the journal are not heard of: ${messageOf(error)}`);
      else onWord();
    },
  });
  const stop = link.onUp(onWord);

  return () => {
    stop();
    subscription.unsubscribe();
  };
}
