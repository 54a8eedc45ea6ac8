import { sha256Hex } from '../../../../machines/hash.ts';
import {
  answerFor,
  holdersOf,
  inTheWay,
  lineWith,
  lineWithout,
  SlotLine,
} from '../../../../machines/run/slot-line.ts';
import { createTurnsPerKey } from '../../../lib/serial-queue.ts';
import { type Slots, SlotsUnavailable } from '../../../ports/work/slots.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { pause } from '../connection/retry.ts';
import { type Bucket, type BucketEntry, createBucket } from './bucket.ts';

type Source = { readonly link: Link; readonly names: Names; readonly replicas: number };
type Entry = { readonly line: SlotLine; readonly position: number };
type Change = (line: SlotLine) => SlotLine;

/** With each conflict another engine got its turn, and an engine writes a key once at a time. */
const CONFLICTS_MAX = 200;
/** A key that no line has: it is gone with the bucket, and with it what the lines knew. */
const COMPLETE = 'complete';
/** An empty line is no key: its marker goes by itself, or the keys of years would pile up. */
const EMPTY_HEADER = { 'KV-Operation': 'DEL', 'Nats-TTL': '60s' };

/**
 * Slots as keys of a KV bucket, one line of runs each, changed by compare-and-set. A key of ours is the hash of the
 * caller's, which may be any text, and need not be readable on the server.
 */
export function createJetStreamSlots({ link, names, replicas }: Source): Slots {
  // On disk: a slot is held for as long as a run takes, across restarts of the server.
  const bucket = createBucket({
    ...{ link, replicas, bucket: names.limitsBucket },
    settings: { allow_msg_ttl: true },
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
  const changeLine = (key: string, change: Change): Promise<SlotLine> => {
    const hash = sha256Hex(key);

    return turns.take(hash, () => compareAndSet(bucket, hash, change));
  };

  return {
    acquire: async (key, run, limit) =>
      answerFor(await changeLine(key, (line) => lineWith(line, run, limit)), run),
    release: async (key, run) => {
      await changeLine(key, (line) => lineWithout(line, run));
    },
    inTheWay: async (key, run) => inTheWay((await read(bucket, sha256Hex(key))).line, run),
    holders: async (key) => holdersOf((await read(bucket, sha256Hex(key))).line),
    isComplete: async () => (await bucket.get(COMPLETE)) !== undefined,
    markComplete: async () => {
      await bucket.write(COMPLETE, { body: '' });
    },
  };
}

/** A write whose answer was lost is found done when the line is read again: then there is nothing left to change. */
async function compareAndSet(bucket: Bucket, key: string, change: Change): Promise<SlotLine> {
  for (let conflict = 0; conflict < CONFLICTS_MAX; conflict++) {
    const { line, position: after } = await read(bucket, key);
    const next = change(line);
    if (next === line) return line;
    const content = next.length === 0 ? { body: '', header: EMPTY_HEADER } : { body: JSON.stringify(next) };
    if ((await bucket.write(key, { after, ...content })) !== undefined) return next;
    await pause(conflict);
  }

  throw new SlotsUnavailable(
    `${CONFLICTS_MAX} times in a row another engine was quicker to change a concurrency slot; try again`,
  );
}

async function read(bucket: Bucket, key: string): Promise<Entry> {
  const last = await bucket.latest(key);
  if (last === undefined || last.isGone) return { line: [], position: last?.revision ?? 0 };

  return { line: parse(last), position: last.revision };
}

/** An unreadable entry may hold a slot, so no slot is granted until a person has looked. */
function parse({ subject, body }: BucketEntry): SlotLine {
  try {
    return SlotLine.parse(JSON.parse(body));
  } catch (cause) {
    throw new SlotsUnavailable(
      `the key ${subject} holds no line of runs; was it written by hand? Delete it with the nats command`,
      { cause },
    );
  }
}
