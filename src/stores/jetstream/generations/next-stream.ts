import { setTimeout as delay } from 'node:timers/promises';
import { isoTime } from '../../../../machines/due-time.ts';
import { GenerationRefused } from '../../../ports/runs/generations.ts';
import { JournalUnavailable } from '../../../ports/runs/journal.ts';
import type { Link } from '../connection/link.ts';
import { isPassing, patiently } from '../connection/retry.ts';
import { askConsumer } from '../connection/stored-message.ts';
import { type StreamInfo, type StreamSettings, streamInfo } from '../connection/streams.ts';
import { type Carried, type CarryOver, placeholderSubject } from './carry.ts';
import { updateStream } from './change-stream.ts';
import { closedSubject, type GenerationState, generationIn, withGeneration } from './generation-state.ts';

const PURGE_MS_MAX = 600_000;
const ASK_EVERY_MS = 50;
const COPY_MS_MAX = 15_000;

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
    const there = await patiently(link, () => streamInfo(link, to));
    const by = there && generationIn(there.config)?.carrier;
    // Its answer was lost.
    if (by === carrier) return;
    throw there === undefined ? error : underWay(error);
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
export async function protect({ link, to, carrier }: CarryOver, replicas: number): Promise<void> {
  await updateOwn(link, to, carrier, ({ subject_transform: _, ...settings }) => ({
    ...settings,
    ...{ subjects: [closedSubject(to)], deny_delete: true, deny_purge: true },
  }));
  if (replicas === 1) return;
  await updateOwn(link, to, carrier, (settings) => ({ ...settings, num_replicas: replicas }));
  await untilReplicated(link, to, replicas);
}

/** Rejects where the stream is not the carrier's any more. */
async function updateOwn(
  link: Link,
  stream: string,
  carrier: string,
  change: (settings: StreamSettings) => StreamSettings,
): Promise<void> {
  const updated = await updateStream(link, stream, (settings) =>
    generationIn(settings)?.carrier === carrier && generationIn(settings)?.phase === 'carrying'
      ? change(settings)
      : undefined,
  );
  if (updated === undefined) throw takenOver();
}

/**
 * Appends wait meanwhile, and not for as long as an engine tries. What the leader says of its replicas is too early:
 * both were current and no operation behind while they lacked a third of the messages (seen on nats-server 2.15.1). So
 * each is asked how many it has, by consumers, which the cluster puts on any of them.
 */
async function untilReplicated(link: Link, stream: string, replicas: number): Promise<void> {
  const sinceMs = performance.now();
  const { messages } = (await infoOf(link, stream)).state;
  const whole = new Set<string>();
  while (performance.now() - sinceMs < COPY_MS_MAX) {
    const asked = await askConsumer(link, { stream, subject: '>' }, 'all').catch(unlessPassing);
    const server = asked?.cluster?.leader;
    if (server !== undefined && asked?.num_pending === messages) whole.add(server);
    if (whole.size === replicas && keepsUp(await infoOf(link, stream), replicas)) return;
    await delay(ASK_EVERY_MS);
  }
  throw new JournalUnavailable(
    `${replicas - 1} more servers did not copy the journal within ${COPY_MS_MAX / 1000} s: the runs stay in it`,
  );
}

function unlessPassing(error: unknown): undefined {
  if (!isPassing(error)) throw error;
}

/** Whether the stream has its replicas, and each of them is at most so many operations behind the leader. */
export function keepsUp({ cluster = {} }: StreamInfo, replicas: number, lagMax = 0): boolean {
  const others = cluster.replicas ?? [];
  const isNear = ({ current, offline, lag = 0 }: (typeof others)[number]) =>
    offline !== true && lag <= lagMax && (current === true || lagMax > 0);

  return (cluster.leader ?? '') !== '' && others.length === replicas - 1 && others.every(isNear);
}

/** From here on it counts. */
export async function makeWhole(
  { link, to, carrier }: CarryOver,
  { to: carriedTo, messages }: Carried,
): Promise<void> {
  await refuseOther({ link, to }, { end: carriedTo, messages });
  const said = { phase: 'whole', carriedTo, absent: carriedTo - messages, at: isoTime(Date.now()) } as const;
  await updateOwn(link, to, carrier, (settings) =>
    withGeneration(settings, { ...(generationIn(settings) as GenerationState), ...said }),
  );
}

/** Somebody took the carrier for gone, and went back. */
export function takenOver(): JournalUnavailable {
  return new JournalUnavailable(
    'somebody else has had a hand in the journal while it was carried over: it goes on as it was; try again later',
  );
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
