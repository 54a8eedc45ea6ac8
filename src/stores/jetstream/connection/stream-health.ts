import { generationIn } from '../generations/generation-state.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';
import { patiently } from './retry.ts';
import { isOnCluster, type StreamInfo, streamInfo } from './streams.ts';

export type StreamHealth = {
  readonly stream: string;
  readonly replicas: number;
  readonly isOnCluster: boolean;
  /** Undefined while there is none: nothing can be read or stored. */
  readonly leader: string | undefined;
  /** The servers whose copy is behind that of the leader, or that were not heard of. */
  readonly behind: readonly string[];
  /** The number of messages that the leader found damaged and skips. */
  readonly lost: number;
  /** Positions that hold nothing although nothing may be taken from the stream: its file was cut, or was damaged. */
  readonly gaps: readonly Gap[];
};

/** Positions from the first to the last. */
export type Gap = { readonly first: number; readonly last: number };

/** The state of every stream of the namespace that exists. */
export async function streamsHealth(link: Link, names: Names): Promise<readonly StreamHealth[]> {
  const found = await Promise.all(streamNames(names).map((stream) => healthOf(link, stream)));

  return found.filter((health) => health !== undefined);
}

/** How much the server stores for the namespace, in each copy. */
export async function bytesStored(link: Link, names: Names): Promise<number> {
  const found = await Promise.all(
    streamNames(names).map((stream) => patiently(link, () => streamInfo(link, stream))),
  );

  return found.reduce((sum, info) => sum + (info?.state.bytes ?? 0), 0);
}

/** A bucket is a stream with the prefix of its kind. */
export function streamNames(names: Names): readonly string[] {
  return Object.entries(names).flatMap(([key, value]) => {
    if (typeof value !== 'string') return [];
    if (key.endsWith('Stream')) return [value];

    return key.endsWith('Bucket') ? [`KV_${value}`, `OBJ_${value}`] : [];
  });
}

async function healthOf(link: Link, stream: string): Promise<StreamHealth | undefined> {
  const info = await patiently(link, () => streamInfo(link, stream));

  return info && { ...healthIn(info), gaps: await gapsIn(link, info) };
}

/** What is not there of a stream of which nothing may be taken, but for what its generation has left behind. */
export async function gapsIn(link: Link, { config, state }: StreamInfo): Promise<readonly Gap[]> {
  const { first_seq: first = 1, last_seq: last, messages = last } = state;
  const { carriedTo = 0, absent = 0 } = generationIn(config) ?? {};
  if (config['deny_delete'] !== true || config['deny_purge'] !== true || messages === last - absent)
    return [];
  const before = first - 1 > carriedTo ? [{ first: carriedTo + 1, last: first - 1 }] : [];
  const detailed = await patiently(link, () => streamInfo(link, config.name, { deleted_details: true }));
  // A server whose blocks overlap tells some twice, and in no order.
  const lacking = [...new Set(detailed?.state.deleted ?? [])]
    .filter((seq) => seq <= last)
    .sort((a, b) => a - b);
  const behind = lacking.filter((seq) => seq > carriedTo);
  // Which of those before were left behind is not known, only how many.
  const isMoreLacking = Math.min(first - 1, carriedTo) + lacking.length - behind.length > absent;

  return [...(isMoreLacking ? [{ first: 1, last: carriedTo }] : []), ...before, ...rangesOf(behind)];
}

function rangesOf(positions: readonly number[]): readonly Gap[] {
  const ranges: { first: number; last: number }[] = [];
  for (const position of positions) {
    const current = ranges.at(-1);
    if (current?.last === position - 1) current.last = position;
    else ranges.push({ first: position, last: position });
  }

  return ranges;
}

function healthIn({ config, cluster = {}, state }: StreamInfo): Omit<StreamHealth, 'gaps'> {
  const { leader = '', replicas = [] } = cluster;

  return {
    stream: config.name,
    replicas: config.num_replicas ?? 1,
    isOnCluster: isOnCluster(cluster),
    leader: leader === '' ? undefined : leader,
    behind: replicas.filter(({ current }) => current !== true).map((replica) => replica.name),
    lost: state.lost?.msgs?.length ?? 0,
  };
}
