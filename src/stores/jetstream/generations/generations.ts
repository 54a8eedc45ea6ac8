import { setTimeout as delay } from 'node:timers/promises';
import { nuid } from '@nats-io/transport-node';
import { isoTime } from '../../../../machines/due-time.ts';
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
import { patiently } from '../connection/retry.ts';
import { gapsIn } from '../connection/stream-health.ts';
import { type StreamInfo, type StreamSettings, streamInfo } from '../connection/streams.ts';
import { type Carried, type CarryOver, carryBehind, nothingCarried, placeholderSubject } from './carry.ts';
import { findJournal, goBack, goForward, isMoving, updateStream } from './find-journal.ts';
import {
  closed,
  closedSubject,
  type GenerationState,
  generationIn,
  withGeneration,
} from './generation-state.ts';
import { type JournalLink, whenSettled } from './journal-link.ts';

/**
 * A request to remove a stream that a carrier sent before it was stopped does not reach the server any more after this
 * time: the server has given up its connection. Only then is the name of the stream used once more.
 */
const AGE_MS_MIN = 10 * 60_000;
/** So few messages are carried while nobody can append: it takes some milliseconds. */
const REST_MAX = 2_000;
const ROUNDS_MAX = 20;
const PURGE_MS_MAX = 600_000;
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
  const { current } = await findJournal(link, names);
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
  const found = await whenSettled(link, names);
  if (isMoving(found)) throw underWay();
  const old = found.current;
  if (old === undefined) throw new JournalUnavailable('the journal is not there at the moment');
  refuseTooSoon(old, source.generationAgeMs ?? AGE_MS_MIN);
  await refuseDamaged(link, old);
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

function underWay(cause?: unknown): GenerationRefused {
  const message = 'the journal is being carried over into its next generation already';

  return new GenerationRefused('generations.under-way', message, { cause });
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
  const begin = (first: number) => create(link, { old, to, names, carrier, first });
  const carrying: CarryOver = { link, names, from: old.config.name, to, carrier, without, begin };
  try {
    const most = await carryMost(carrying, presence, onProgress);
    presence.tell();
    await close(link, old.config.name, carrier);
    const end = await endOfClosed(link, old.config.name);
    const all = await carryBehind(carrying, most, end);
    if (all.first === undefined) await begin(all.to + 1);
    await makeWhole(carrying, all);
    await replaceOld(carrying, presence, end);
  } catch (error) {
    await goBackUnlessWhole(carrying);
    throw error;
  } finally {
    presence.tell();
  }
}

/** Carries what is there, and what came meanwhile, until little is left. */
async function carryMost(
  carrying: CarryOver,
  { refuseIfLost }: Presence,
  onProgress: (message: string) => void,
): Promise<Carried> {
  const { link, from } = carrying;
  let carried = nothingCarried;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const { last_seq: end } = (await infoOf(link, from)).state;
    if (round > 0 && end - carried.to <= REST_MAX) return carried;
    onProgress(`carrying over what stands up to position ${end}`);
    carried = await carryBehind(carrying, carried, end);
    refuseIfLost();
  }

  return carried;
}

async function create(
  link: Link,
  {
    old: { config, created = '' },
    to,
    names,
    carrier,
    first,
  }: {
    readonly old: StreamInfo;
    readonly to: string;
    readonly names: Names;
    readonly carrier: string;
    readonly first: number;
  },
): Promise<void> {
  const { from, to: plain } = names.carrySubjects(carrier);
  const before = generationIn(config);
  const state: GenerationState = {
    generation: (before?.generation ?? 1) + 1,
    phase: 'carrying',
    carrier,
    created: before?.created ?? created,
    carriedTo: 0,
    absent: 0,
    at: isoTime(Date.now()),
  };
  const settings: StreamSettings = {
    ...config,
    ...{ name: to, first_seq: first, subjects: [`${from}>`] },
    subject_transform: { src: `${from}>`, dest: `${plain}>` },
    // Until it is whole: places that are not needed are taken away.
    ...{ deny_delete: false, deny_purge: false },
  };
  try {
    await link.api(`STREAM.CREATE.${to}`, withGeneration(settings, state));
  } catch (error) {
    throw (await streamInfo(link, to).catch(() => undefined)) === undefined ? error : underWay(error);
  }
}

async function close(link: Link, stream: string, carrier: string): Promise<void> {
  const { config } = await infoOf(link, stream);
  if (fenceIn(config) !== undefined)
    throw new GenerationRefused('generations.fenced', 'the site is fenced off: its journal stays as it is');
  await updateStream(link, closed(config, carrier));
}

/**
 * The server has a queue of what it was given before the stream was closed, and still stores and acknowledges that
 * (seen on 2.15.1). What is given behind all of it tells when it has; a moment later nobody can hold anything back.
 */
async function endOfClosed(link: Link, stream: string): Promise<number> {
  for (let tries = 0; tries < ROUNDS_MAX; tries++) {
    const answer = readPublishAnswer(
      await patiently(link, () =>
        link.connection.request(closedSubject(stream), '', { timeout: ANSWER_MS_MAX }),
      ),
    );
    await delay(QUEUE_MS);
    const { last_seq: end } = (await infoOf(link, stream)).state;
    if (answer.kind === 'ack' && answer.seq === end) return end;
  }
  throw new JournalUnavailable(`the stream ${stream} does not come to rest`);
}

/** From here on nothing can be taken from it, and it counts. */
async function makeWhole(
  { link, names, to, carrier }: CarryOver,
  { to: carriedTo, messages }: Carried,
): Promise<void> {
  await link.api(`STREAM.PURGE.${to}`, { filter: placeholderSubject(names, carrier) }, PURGE_MS_MAX);
  const { config, state } = await infoOf(link, to);
  const generation = generationIn(config);
  if (state.messages !== messages || state.last_seq !== carriedTo || generation?.carrier !== carrier)
    throw new JournalUnavailable(
      `the next generation of the journal has ${state.messages} messages up to ${state.last_seq}, not ${messages} up to ${carriedTo}`,
    );
  const absent = carriedTo - messages;
  const whole: GenerationState = {
    ...generation,
    phase: 'whole',
    carriedTo,
    absent,
    at: isoTime(Date.now()),
  };
  await updateStream(link, { ...withGeneration(config, whole), deny_delete: true, deny_purge: true });
}

async function replaceOld(
  { link, names, from, to, carrier }: CarryOver,
  { refuseIfLost }: Presence,
  end: number,
): Promise<void> {
  const found = await findJournal(link, names);
  const { current, old } = found;
  const isOurs = current?.config.name === to && generationIn(current.config)?.carrier === carrier;
  refuseIfLost();
  const isAsClosed =
    old?.config.name === from && old.state.last_seq === end && fenceIn(old.config) === undefined;
  if (!isOurs || !isAsClosed)
    throw new JournalUnavailable('somebody else has had a hand in the journal while it was carried over');
  await goForward(link, names, found);
}

/** What stands in the way is left to whoever looks next. */
async function goBackUnlessWhole({ link, names, to, carrier }: CarryOver): Promise<void> {
  const { current, next } = await findJournal(link, names).catch(() => nothingFound);
  const isOurs = next?.config.name === to && generationIn(next.config)?.carrier === carrier;
  if (next !== undefined && !isOurs) return;
  await goBack(link, names, { current, next }).catch(() => undefined);
}

const nothingFound = { current: undefined, next: undefined };

async function infoOf(link: Link, stream: string): Promise<StreamInfo> {
  const info = await patiently(link, () => streamInfo(link, stream));
  if (info === undefined) throw new JournalUnavailable(`the stream ${stream} is gone`);

  return info;
}
