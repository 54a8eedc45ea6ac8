import { sha256Hex } from '../../../../machines/hash.ts';
import { answerFor, holdersOf, lineWith, lineWithout, SlotLine } from '../../../../machines/run/slot-line.ts';
import { createTurnsPerKey } from '../../../lib/serial-queue.ts';
import { type Slots, SlotsUnavailable } from '../../../ports/work/slots.ts';
import { createLazyStream, type LazyStream } from '../connection/lazy-stream.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { pause } from '../connection/retry.ts';
import { bucketSettings, type StreamSettings } from '../connection/streams.ts';
import { isMarker } from './lease-watch.ts';

type Source = { readonly link: Link; readonly names: Names; readonly replicas: number };
type Entry = { readonly line: SlotLine; readonly position: number };
type Change = (line: SlotLine) => SlotLine;

/** With each conflict another engine got its turn, and an engine writes a key once at a time. */
const CONFLICTS_MAX = 200;
/** An empty line is no key: its marker goes by itself, or the keys of years would pile up. */
const EMPTY_HEADER = { 'KV-Operation': 'DEL', 'Nats-TTL': '60s' };

/**
 * Slots as keys of a KV bucket, one line of runs each, changed by compare-and-set. A key of ours is the hash of the
 * caller's, which may be any text, and need not be readable on the server.
 */
export function createJetStreamSlots({ link, names, replicas }: Source): Slots {
  const bucket = names.limitsBucket;
  const stream = createLazyStream({
    link,
    settings: limitsSettings(bucket, replicas),
    giveUp: (reason, cause) =>
      new SlotsUnavailable(
        `the store of concurrency slots does not answer: ${reason}; run \`workflow doctor\``,
        {
          cause,
        },
      ),
  });
  // One after another for the same subject: the writers of one process need not outrun each other.
  const turns = createTurnsPerKey();
  const subjectOf = (key: string): string => `$KV.${bucket}.${sha256Hex(key)}`;
  const changeLine = (key: string, change: Change): Promise<SlotLine> => {
    const subject = subjectOf(key);

    return turns.take(subject, () => compareAndSet(stream, subject, change));
  };

  return {
    acquire: async (key, run, limit) =>
      answerFor(await changeLine(key, (line) => lineWith(line, run, limit)), run),
    release: async (key, run) => {
      await changeLine(key, (line) => lineWithout(line, run));
    },
    holders: async (key) => holdersOf((await read(stream, subjectOf(key))).line),
  };
}

/** On disk: a slot is held for as long as a run takes, across restarts of the server. */
function limitsSettings(bucket: string, replicas: number): StreamSettings {
  return { ...bucketSettings(bucket, replicas), storage: 'file', allow_msg_ttl: true };
}

/** A write whose answer was lost is found done when the line is read again: then there is nothing left to change. */
async function compareAndSet(stream: LazyStream, subject: string, change: Change): Promise<SlotLine> {
  for (let conflict = 0; conflict < CONFLICTS_MAX; conflict++) {
    const { line, position: after } = await read(stream, subject);
    const next = change(line);
    if (next === line) return line;
    const content = next.length === 0 ? { body: '', header: EMPTY_HEADER } : { body: JSON.stringify(next) };
    if ((await stream.store({ subject, after, ...content })) !== undefined) return next;
    await pause(conflict);
  }

  throw new SlotsUnavailable(
    `${CONFLICTS_MAX} times in a row another engine was quicker to change a concurrency slot; try again`,
  );
}

async function read(stream: LazyStream, subject: string): Promise<Entry> {
  const last = await stream.last(subject);
  if (last === undefined || isMarker(last.headers)) return { line: [], position: last?.seq ?? 0 };

  return { line: parse(subject, last.body), position: last.seq };
}

/** An unreadable entry may hold a slot, so no slot is granted until a person has looked. */
function parse(subject: string, body: string): SlotLine {
  try {
    return SlotLine.parse(JSON.parse(body));
  } catch (cause) {
    throw new SlotsUnavailable(
      `the key ${subject} holds no line of runs; was it written by hand? Delete it with the nats command`,
      { cause },
    );
  }
}
