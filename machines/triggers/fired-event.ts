import type { Json } from '../../events/canonical-json.ts';
import type { CloudEvent } from '../../events/cloud-event.ts';

/** What the expressions of a trigger see as `event`. */
export type FiredEvent = {
  readonly type: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly data: Json;
  readonly id?: string;
  readonly source?: string;
  readonly subject?: string;
};

/** What a file trigger tells of a file. */
export type DroppedFile = {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAt: string;
  readonly digest: string;
};

/** All that expressions may read of an event that came in. */
export const eventNames: readonly string[] = ['id', 'source', 'type', 'subject', 'time', 'data'];

/** All that they may read of a time of a schedule, and of a file. */
export const firedNames: readonly string[] = ['type', 'time', 'data'];

/** What is in the data of a time of a schedule. */
export const tickDataNames: readonly string[] = ['tick', 'trigger'];

/** The names that a file trigger gives to a definition that takes them as its inputs. */
export const fileDataNames: readonly string[] = ['path', 'name', 'bytes', 'modified_at', 'digest'];

/** What is in the data of a batch. */
export const batchDataNames: readonly string[] = ['events', 'count'];

/** Several events that start one run together, as expressions see them: as one, at the time of the last. */
export function firedByBatch(events: readonly CloudEvent[]): FiredEvent {
  const last = events.at(-1);

  return {
    type: last?.type ?? '',
    time: last?.time ?? '',
    data: { count: events.length, events: events.map((each): Json => ({ ...firedByEvent(each) })) },
  };
}

/** An event that came in, as expressions see it. One without data has an empty mapping. */
export function firedByEvent({ id, source, type, subject, time, data }: CloudEvent): FiredEvent {
  return { id, source, type, time, data: data ?? {}, ...(subject === undefined ? {} : { subject }) };
}

/** A time of a schedule, as expressions see it. */
export function firedByTick({
  tick,
  trigger,
}: {
  readonly tick: string;
  readonly trigger: string;
}): FiredEvent {
  return { type: 'cron', time: tick, data: { tick, trigger } };
}

/** A file, as expressions see it. Its time is that of its content, so that it looks the same whenever it is found. */
export function firedByFile({ path, name, bytes, modifiedAt, digest }: DroppedFile): FiredEvent {
  return { type: 'file', time: modifiedAt, data: { path, name, bytes, modified_at: modifiedAt, digest } };
}
