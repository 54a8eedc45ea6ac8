import { setTimeout as delay } from 'node:timers/promises';
import { nuid } from '@nats-io/transport-node';
import { messageOf } from '../../../lib/text.ts';
import {
  GenerationRefused,
  type JournalGeneration,
  type JournalGenerations,
  type LeftBehind,
} from '../../../ports/runs/generations.ts';
import { JournalUnavailable } from '../../../ports/runs/journal.ts';
import { fenceIn } from '../connection/fence.ts';
import { type Link, readPublishAnswer } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { isPassing, patiently } from '../connection/retry.ts';
import { lastOf } from '../connection/stored-message.ts';
import { gapsIn } from '../connection/stream-health.ts';
import type { StreamInfo } from '../connection/streams.ts';
import { type Carried, type CarryOver, carryBehind, nothingCarried } from './carry.ts';
import { updateStream } from './change-stream.ts';
import { carrierOf, type FoundJournal, findJournal, isMoving } from './find-journal.ts';
import { closed, closedBy, closedSubject, generationIn } from './generation-state.ts';
import { AGE_MS_MIN, type JournalLink } from './journal-link.ts';
import { create, infoOf, keepsUp, makeWhole, protect, purge, takenOver, underWay } from './next-stream.ts';
import { goBack, goForward, settleJournal } from './settle-journal.ts';

/** So few messages are carried while nobody can append: it takes some milliseconds. */
const REST_MAX = 2_000;
const ROUNDS_MAX = 20;
const ANSWER_MS_MAX = 5_000;
/** Between matching a message to a stream and queueing it for that the server takes microseconds. */
const QUEUE_MS = 500;

type Source = {
  /** The connection, with streams under their own names. */
  readonly link: Link;
  readonly names: Names;
  readonly journal: JournalLink;
  /** Default: ten minutes. */
  readonly generationAgeMs?: number | undefined;
};

export function createJetStreamGenerations(source: Source): JournalGenerations {
  const { link, names } = source;

  return {
    current: async () => generationOf(await patiently(link, () => currentInfo(link, names))),
    next: (options) => carryOver(source, options),
  };
}

async function currentInfo(link: Link, names: Names): Promise<StreamInfo> {
  return currentIn(await findJournal(link, names));
}

function currentIn({ current }: FoundJournal): StreamInfo {
  if (current === undefined) throw new JournalUnavailable('the journal is not there at the moment');

  return current;
}

function generationOf({ config, state }: StreamInfo): JournalGeneration {
  const { generation = 1, carriedTo = 0 } = generationIn(config) ?? {};
  const bytes = (state as { readonly bytes?: number }).bytes ?? 0;

  return { generation, carriedTo, messages: state.messages ?? 0, bytes };
}

async function carryOver(
  source: Source,
  { without, onProgress = () => undefined }: Parameters<JournalGenerations['next']>[0],
): Promise<JournalGeneration> {
  const { link, names, journal } = source;
  const found = await patiently(link, () => settleJournal(link, names));
  if (isMoving(found)) throw underWay();
  const old = currentIn(found);
  refuseTooSoon(old, source.generationAgeMs ?? AGE_MS_MIN);
  if (fenceIn(old.config) !== undefined) throw isFenced();
  await refuseDamaged(link, old);
  const replicas = old.config.num_replicas ?? 1;
  if (replicas > 1 && !keepsUp(old, replicas, REST_MAX))
    throw new JournalUnavailable(
      'not every replica of the journal keeps up: `workflow doctor`; it goes on as it was',
    );
  const presence = announce(link, names);
  await link.connection.flush();
  try {
    await fill(source, { old, without, onProgress, presence });
    await journal.look();

    return generationOf(await currentInfo(link, names));
  } finally {
    presence.end();
  }
}

function isFenced(): GenerationRefused {
  return new GenerationRefused('generations.fenced', 'the site is fenced off: its journal stays as it is');
}

function refuseTooSoon({ config }: StreamInfo, ageMsMin: number): void {
  const since = generationIn(config)?.at;
  if (since === undefined || Date.now() - Date.parse(since) >= ageMsMin) return;

  throw new GenerationRefused(
    'generations.too-soon',
    `the current generation of the journal began at ${since}: the next may follow ${ageMsMin / 60_000} minutes later`,
  );
}

/** What is not there would be taken for what stays behind. */
async function refuseDamaged(link: Link, old: StreamInfo): Promise<void> {
  const [gap] = await gapsIn(link, old);
  if (gap === undefined) return;

  throw new GenerationRefused(
    'generations.damaged',
    `the journal lacks positions ${gap.first} to ${gap.last}: mend that first; \`workflow doctor --all\``,
  );
}

/** Whoever looks after a carrier that is gone asks whether it is there, over the connection by which it carries. */
type Presence = {
  readonly carrier: string;
  /** Tells those who follow the journal to look where it is. */
  readonly tell: () => void;
  /** Rejects what goes on although the connection was lost: somebody may have taken this one for gone. */
  readonly refuseIfLost: () => void;
  end(): void;
};

function announce(link: Link, names: Names): Presence {
  const carrier = nuid.next();
  let isLost = false;
  const stop = link.onDown(() => {
    isLost = true;
  });
  const subscription = link.connection.subscribe(names.carrierSubject(carrier), {
    callback: (error, message) => {
      if (error === null) message.respond('');
    },
  });

  return {
    carrier,
    tell: () => link.connection.publish(names.generationSubject),
    refuseIfLost: () => {
      if (isLost) throw new JournalUnavailable('the connection was lost while the journal was carried over');
    },
    end: () => {
      stop();
      subscription.unsubscribe();
    },
  };
}

type Filled = {
  readonly old: StreamInfo;
  readonly without: LeftBehind;
  readonly onProgress: (message: string) => void;
  readonly presence: Presence;
};

async function fill(source: Source, { old, without, onProgress, presence }: Filled): Promise<void> {
  const { link, names } = source;
  const { carrier } = presence;
  const to = old.config.name === names.journalStream ? names.secondJournalStream : names.journalStream;
  const begin = (first: number) => create({ link, names, to, carrier, old, first });
  const carrying: CarryOver = { link, names, from: old.config.name, to, carrier, without, begin };
  try {
    const first = await carryAll(carrying, presence, onProgress);
    // Where nothing goes on of what was there, the stream begins behind it.
    if (first.first === undefined) await begin(first.to + 1);
    await purge(carrying, first);
    const most = await carryMost(carrying, presence, {
      ...first,
      first: first.first ?? first.to + 1,
      isPurged: true,
    });
    presence.tell();
    presence.refuseIfLost();
    await close(link, old.config.name, carrier);
    const { end, messages } = await endOfClosed(link, old.config.name);
    const all = await carryBehind(carrying, most, end);
    const { absent = 0 } = generationIn(old.config) ?? {};
    if (all.seen !== messages || messages !== end - absent) throw unread(end - absent - all.seen);
    presence.refuseIfLost();
    await protect(carrying, old.config.num_replicas ?? 1);
    presence.refuseIfLost();
    await makeWhole(carrying, all);
    await replaceOld(carrying, presence, { end, all });
  } catch (error) {
    await goBackUnlessWhole(carrying);
    throw isPassing(error) ? notCarried(error) : error;
  } finally {
    presence.tell();
  }
}

function unread(count: number): GenerationRefused {
  return new GenerationRefused(
    'generations.damaged',
    `the server cannot read ${count} messages of the journal: mend that first; \`workflow doctor --all\``,
  );
}

function notCarried(cause: unknown): JournalUnavailable {
  return new JournalUnavailable(
    `the journal could not be carried over, and goes on as it was: ${messageOf(cause)}; try again later`,
    { cause },
  );
}

/** Carries what is there. */
async function carryAll(
  carrying: CarryOver,
  { refuseIfLost }: Presence,
  onProgress: (message: string) => void,
): Promise<Carried> {
  const end = await endOf(carrying);
  onProgress(`carrying over what stands up to position ${end}`);
  const carried = await carryBehind(carrying, nothingCarried, end);
  refuseIfLost();

  return carried;
}

/** Carries what came meanwhile, until little is left. */
async function carryMost(carrying: CarryOver, { refuseIfLost }: Presence, before: Carried): Promise<Carried> {
  let carried = before;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const end = await endOf(carrying);
    if (end - carried.to <= REST_MAX) return carried;
    carried = await carryBehind(carrying, carried, end);
    refuseIfLost();
  }

  return carried;
}

/** The position of the last message that is there. */
async function endOf({ link, from: stream }: CarryOver): Promise<number> {
  const last = await patiently(link, () => lastOf(link, { stream, subject: '>' }));
  if (last !== undefined) return last.seq;
  const { messages = 0 } = (await infoOf(link, stream)).state;
  if (messages > 0) throw unread(messages);

  return 0;
}

async function close(link: Link, stream: string, carrier: string): Promise<void> {
  const updated = await updateStream(link, stream, (settings) => {
    if (fenceIn(settings) !== undefined) throw isFenced();
    const by = closedBy(settings);
    return by === undefined || by === carrier ? closed(settings, carrier) : undefined;
  });
  if (updated === undefined) throw takenOver();
}

/**
 * The server has a queue of what it was given before the stream was closed, and still stores and acknowledges that
 * (seen on 2.15.1). What is given behind all of it tells when it has; a moment later nobody can hold anything back.
 */
async function endOfClosed(
  link: Link,
  stream: string,
): Promise<{ readonly end: number; readonly messages: number }> {
  for (let tries = 0; tries < ROUNDS_MAX; tries++) {
    const answer = readPublishAnswer(
      await patiently(link, () =>
        link.connection.request(closedSubject(stream), '', { timeout: ANSWER_MS_MAX }),
      ),
    );
    await delay(QUEUE_MS);
    const { last_seq: end, messages = 0 } = (await infoOf(link, stream)).state;
    if (answer.kind === 'ack' && answer.seq === end) return { end, messages };
  }
  throw new JournalUnavailable(`the stream ${stream} does not come to rest`);
}

async function replaceOld(
  { link, names, from, to, carrier }: CarryOver,
  { refuseIfLost }: Presence,
  { end, all }: { readonly end: number; readonly all: Carried },
): Promise<void> {
  const found = await findJournal(link, names);
  const { current, old } = found;
  refuseIfLost();
  const isOurs =
    current?.config.name === to &&
    generationIn(current.config)?.carrier === carrier &&
    current.state.last_seq === all.to &&
    current.state.messages === all.messages;
  const isAsClosed =
    old?.config.name === from && closedBy(old.config) === carrier && old.state.last_seq === end;
  if (!isOurs || !isAsClosed) throw takenOver();
  await goForward(link, names, found);
}

/** What stands in the way is left to whoever looks next. */
async function goBackUnlessWhole({ link, names, carrier }: CarryOver): Promise<void> {
  const found = await findJournal(link, names).catch(() => undefined);
  if (found === undefined || carrierOf(found) !== carrier || found.old !== undefined) return;
  await goBack(link, names, found, carrier).catch(() => undefined);
}
