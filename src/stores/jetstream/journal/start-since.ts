import { patiently } from '../connection/retry.ts';
import { firstAfter } from '../connection/stored-message.ts';
import { streamInfo } from '../connection/streams.ts';
import { firstStoredMs } from '../generations/carry.ts';
import { generationIn } from '../generations/generation-state.ts';
import type { JournalSource } from './journal-read.ts';
import type { TailFrom } from './tail-session.ts';

/**
 * Where following the journal since a time begins. The server knows when it stored a message in this stream; what was
 * carried over into it says by itself when it was stored first, and is searched by halves.
 */
export async function startSince({ link, names }: JournalSource, atMs: number): Promise<TailFrom> {
  const stream = names.journalStream;
  const info = await patiently(link, () => streamInfo(link, stream));
  const { carriedTo = 0, at } = (info && generationIn(info.config)) ?? {};
  if (at === undefined || atMs > Date.parse(at)) return { kind: 'time', atMs };
  const subject = names.journalSubjects;
  // Positions up to `early` are too early; the first message behind `late` is not, or was not carried over.
  let [early, late] = [0, carriedTo];
  while (early < late) {
    const middle = Math.floor((early + late) / 2);
    const found = await patiently(link, () => firstAfter(link, { stream, subject, after: middle }));
    if (found === undefined || found.seq > carriedTo || firstStoredMs(found) >= atMs) late = middle;
    else early = found.seq;
  }

  return { kind: 'position', seq: early + 1 };
}
