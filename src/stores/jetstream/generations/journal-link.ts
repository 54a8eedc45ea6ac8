import { setTimeout as delay } from 'node:timers/promises';
import { onceForLater } from '../../../lib/once.ts';
import { messageOf } from '../../../lib/text.ts';
import { JournalUnavailable } from '../../../ports/runs/journal.ts';
import { ApiRefusal } from '../connection/jetstream-errors.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { PATIENCE_MS } from '../connection/retry.ts';
import { STREAM_NOT_FOUND, type StreamInfo } from '../connection/streams.ts';
import { type FoundJournal, isMoving, settleJournal } from './find-journal.ts';

const LOOK_EVERY_MS = 1_000;

/**
 * A link for which the journal has one name, wherever it is kept: what is asked of that name is asked of the stream of
 * the current generation. When the journal has moved, whoever follows it is told as if the connection had been lost.
 */
export type JournalLink = Link & {
  /** The stream that is read now. */
  readonly stream: () => string;
  /** Looks where the journal is now. */
  readonly look: () => Promise<void>;
  close(): void;
};

/** Waits until nobody carries the journal over, or ends what a carrier left. Rejects with JournalUnavailable. */
export async function openJournalLink(link: Link, names: Names): Promise<JournalLink> {
  const found = await whenSettled(link, names);
  let stream = nameIn(found, names);
  const moved = new Set<() => void>();
  const closing = new AbortController();

  function moveTo(name: string): void {
    if (name === stream) return;
    stream = name;
    for (const listener of [...moved]) listener();
  }
  const look = async (): Promise<void> => moveTo(nameIn(await settleJournal(link, names), names));
  const watch = onceForLater(async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const there = await settleJournal(link, names).catch(() => undefined);
      if (there !== undefined) moveTo(nameIn(there, names));
      if (there !== undefined && !isMoving(there)) return;
      await delay(LOOK_EVERY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  });
  // Who may not make streams hears nothing of it, and finds out when the stream is gone.
  const stopListening = link.mayLead ? hearing(link, names, () => void watch()) : () => undefined;

  return {
    ...link,
    stream: () => stream,
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
      const ask = (name: string) => {
        const asked = askedOf(name, names, { verb, payload });
        return link.api<never>(asked.verb, asked.payload, timeoutMs);
      };
      const before = stream;
      try {
        return await ask(before);
      } catch (error) {
        const isGone = error instanceof ApiRefusal && error.errCode === STREAM_NOT_FOUND;
        if (!isGone || !isAbout(names, verb)) throw error;
        if (stream === before) await look();
        if (stream === before) throw error;

        return ask(stream);
      }
    },
    close: () => {
      closing.abort();
      stopListening();
    },
  };
}

/** Where the journal is once nobody is at it. */
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

function isAbout({ journalStream }: Names, verb: string): boolean {
  return verb.split('.').includes(journalStream);
}

function askedOf(
  stream: string,
  { journalStream }: Names,
  { verb, payload }: { readonly verb: string; readonly payload: object },
): { readonly verb: string; readonly payload: object } {
  if (stream === journalStream || !verb.split('.').includes(journalStream)) return { verb, payload };
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
