import { setTimeout as delay } from 'node:timers/promises';
import { isoTime } from '../../../../machines/due-time.ts';
import { GenerationRefused } from '../../../ports/runs/generations.ts';
import { JournalUnavailable } from '../../../ports/runs/journal.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { patiently } from '../connection/retry.ts';
import { type StreamInfo, type StreamSettings, streamInfo } from '../connection/streams.ts';
import { type Carried, type CarryOver, placeholderSubject } from './carry.ts';
import { updateStream } from './find-journal.ts';
import { closedSubject, type GenerationState, generationIn, withGeneration } from './generation-state.ts';

const PURGE_MS_MAX = 600_000;
const LOOK_EVERY_MS = 250;
/** Replicas are given a stream as a whole, gigabytes perhaps; for so long none of them may stand still. */
const STILL_MS_MAX = 60_000;

type Begun = Pick<CarryOver, 'link' | 'names' | 'to' | 'carrier'> & {
  readonly old: StreamInfo;
  /** The position of the first message that it holds. */
  readonly first: number;
};

/** Makes the stream that is filled. Rejects with GenerationRefused where somebody else is at it. */
export async function create({ link, names, to, carrier, old, first }: Begun): Promise<void> {
  const { config, created = '' } = old;
  const { from, to: plain } = names.carrySubjects(carrier);
  const before = generationIn(config);
  const state: GenerationState = {
    ...{ generation: (before?.generation ?? 1) + 1, phase: 'carrying', carrier },
    ...{ created: before?.created ?? created, carriedTo: 0, absent: 0, at: isoTime(Date.now()) },
  };
  const settings: StreamSettings = {
    ...config,
    ...{ name: to, first_seq: first, subjects: [`${from}>`], num_replicas: 1 },
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

/** Takes the placeholders away. */
export async function purge(
  { link, names, to, carrier }: CarryOver,
  { to: end, messages }: Carried,
): Promise<void> {
  await link.api(`STREAM.PURGE.${to}`, { filter: placeholderSubject(names, carrier) }, PURGE_MS_MAX);
  await refuseOther({ link, to }, { end, messages });
}

/**
 * From here on nothing can be taken from it. Only now it is given its replicas: each of them gets what there is. One
 * that was told how it came about would do that once more after a crash, by the settings of then: it stores messages
 * under the subjects that they were sent to, and purges nothing (seen on nats-server 2.15.1).
 */
export async function protect({ link, to }: CarryOver, replicas: number): Promise<void> {
  const { subject_transform: _, ...config } = (await infoOf(link, to)).config;
  const settings = { ...config, subjects: [closedSubject(to)], deny_delete: true, deny_purge: true };
  await updateStream(link, settings);
  if (replicas === 1) return;
  await updateStream(link, { ...settings, num_replicas: replicas });
  await untilReplicated(link, to, replicas);
}

async function untilReplicated(link: Link, stream: string, replicas: number): Promise<void> {
  let behind = Number.POSITIVE_INFINITY;
  let movedMs = performance.now();
  while (performance.now() - movedMs < STILL_MS_MAX) {
    const { cluster = {} } = await infoOf(link, stream);
    const others = cluster.replicas ?? [];
    const lag = others.reduce((sum, { lag: each = 0 }) => sum + each, 0);
    if ((cluster.leader ?? '') !== '' && others.length === replicas - 1 && others.every(isCurrent)) return;
    if (lag < behind) movedMs = performance.now();
    behind = lag;
    await delay(LOOK_EVERY_MS);
  }
  throw new JournalUnavailable(`the replicas of ${stream} do not keep up`);
}

function isCurrent({ current, lag = 0 }: { readonly current?: boolean; readonly lag?: number }): boolean {
  return current === true && lag === 0;
}

/** From here on it counts. */
export async function makeWhole(
  { link, to, carrier }: CarryOver,
  { to: carriedTo, messages }: Carried,
): Promise<void> {
  const { config } = await refuseOther({ link, to }, { end: carriedTo, messages });
  const generation = generationIn(config);
  if (generation?.carrier !== carrier) throw underWay();
  const whole: GenerationState = {
    ...generation,
    phase: 'whole',
    carriedTo,
    absent: carriedTo - messages,
    at: isoTime(Date.now()),
  };
  await updateStream(link, withGeneration(config, whole));
}

/** It has to hold exactly what was carried. */
async function refuseOther(
  { link, to }: Pick<CarryOver, 'link' | 'to'>,
  { end, messages }: { readonly end: number; readonly messages: number },
): Promise<StreamInfo> {
  const info = await infoOf(link, to);
  const { messages: has, last_seq: last } = info.state;
  if (has === messages && last === end) return info;

  throw new JournalUnavailable(
    `the next generation of the journal has ${has} messages up to ${last}, not ${messages} up to ${end}`,
  );
}

export function underWay(cause?: unknown): GenerationRefused {
  const message = 'the journal is being carried over into its next generation already';

  return new GenerationRefused('generations.under-way', message, { cause });
}

export async function infoOf(link: Link, stream: string): Promise<StreamInfo> {
  const info = await patiently(link, () => streamInfo(link, stream));
  if (info === undefined) throw new JournalUnavailable(`the stream ${stream} is gone`);

  return info;
}
