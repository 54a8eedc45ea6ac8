import { ApiRefusal, NOT_CLUSTERED, StreamMisconfigured, TooFewServers } from './jetstream-errors.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';

/** The settings of a stream as JetStream's API has them. Times are in nanoseconds. */
export type StreamSettings = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly max_msg_size?: number;
  readonly num_replicas?: number;
};

export type StreamInfo = {
  readonly config: StreamSettings;
  /** When it was made: ISO 8601, UTC. */
  readonly created?: string;
  readonly state: { readonly last_seq: number; readonly lost?: { readonly msgs?: readonly number[] | null } };
  readonly cluster?: {
    /** Absent on a server that is in no cluster. */
    readonly name?: string;
    readonly leader?: string;
    readonly replicas?: readonly {
      readonly name: string;
      readonly current?: boolean;
    }[];
  };
};

/** Largest message of the journal: 128 KiB of data at its most escaped, and room for the transitions it caused. */
const JOURNAL_MESSAGE_BYTES_MAX = 1024 * 1024;
const SECOND_NANOS = 1_000_000_000;
export const STREAM_NOT_FOUND = 10059;
const STREAM_NAME_IN_USE = 10058;
/** More replicas than servers: too few of the cluster are up, or there is none. */
const TOO_FEW_SERVERS: ReadonlySet<number> = new Set([10005, NOT_CLUSTERED]);

/** What is written once: nothing can be deleted or purged, nothing ages, and a full stream refuses. */
export function journalSettings(names: Names, replicas: number): StreamSettings {
  return {
    name: names.journalStream,
    subjects: [names.journalSubjects],
    storage: 'file',
    retention: 'limits',
    discard: 'new',
    max_age: 0,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    max_msg_size: JOURNAL_MESSAGE_BYTES_MAX,
    deny_delete: true,
    deny_purge: true,
    allow_rollup_hdrs: false,
    // Direct gets are answered by any replica, also by one that is behind.
    allow_direct: false,
    allow_atomic: true,
    // Message ids are never sent, so there is nothing to remember.
    duplicate_window: SECOND_NANOS,
    num_replicas: replicas,
  };
}

/** A KV bucket whose values are written once. */
export function definitionsSettings(names: Names, replicas: number): StreamSettings {
  return { ...bucketSettings(names.definitionsBucket, replicas), storage: 'file' };
}

/**
 * A KV bucket whose keys expire. It is made on disk, which is what is taken where nothing is said: replicas in memory
 * find no leader any more when most of their servers have been started anew. Older ones in memory are left as they are.
 */
export function leasesSettings(names: Names, replicas: number): StreamSettings {
  return {
    ...bucketSettings(names.leasesBucket, replicas),
    allow_msg_ttl: true,
    subject_delete_marker_ttl: 60 * SECOND_NANOS,
  };
}

/** A KV bucket that keeps the last value of each key. */
export function bucketSettings(bucket: string, replicas: number): StreamSettings {
  return {
    name: `KV_${bucket}`,
    subjects: [`$KV.${bucket}.>`],
    retention: 'limits',
    discard: 'new',
    max_age: 0,
    max_msgs_per_subject: 1,
    deny_delete: true,
    allow_rollup_hdrs: true,
    allow_direct: false,
    num_replicas: replicas,
  };
}

/** What an administrator may set differently without breaking a promise. */
const OPEN: ReadonlySet<string> = new Set(['num_replicas', 'max_msg_size', 'duplicate_window']);
/** Settings that are absent from ours and must stay off: they remove or replace messages behind our back. */
const FORBIDDEN = [
  'allow_msg_schedules',
  'sealed',
  'mirror',
  'sources',
  'republish',
  'subject_transform',
] as const;

/**
 * Looks the stream up, creates it if it is missing, gives it the replicas that are asked for if it has fewer, and
 * refuses one whose settings differ where it matters: in others than those that `open` names.
 */
export async function ensureStream(
  link: Link,
  settings: StreamSettings,
  open: ReadonlySet<string> = new Set(),
): Promise<StreamInfo> {
  const info = (await streamInfo(link, settings.name)) ?? (await createStream(link, settings));
  const wanted = Object.entries(settings).filter(([key]) => !OPEN.has(key) && !open.has(key));
  const differences = settingsDifferences(Object.fromEntries(wanted), info.config);
  if (differences.length > 0) throw new StreamMisconfigured(settings.name, differences);

  return raised(link, info, settings.num_replicas ?? 1);
}

/** Never lowers: what was promised once is not taken back because one process is configured otherwise. */
async function raised(link: Link, info: StreamInfo, replicas: number): Promise<StreamInfo> {
  const { config } = info;
  const has = config.num_replicas ?? 1;
  if (has >= replicas) return info;
  try {
    const update = { ...config, num_replicas: replicas };
    const updated = await link.api<StreamInfo>(`STREAM.UPDATE.${config.name}`, update);
    link.tell(`stream ${config.name} is given ${replicas} replicas; it had ${has}`);

    return updated;
  } catch (error) {
    if (!(error instanceof ApiRefusal) || !TOO_FEW_SERVERS.has(error.errCode)) throw error;
    // The stream is as good as it was: to refuse to work with it would help nobody.
    link.tell(
      `stream ${config.name} has ${has} of ${replicas} replicas, and cannot be given more now: ${error.message}`,
    );

    return info;
  }
}

export async function streamInfo(link: Link, name: string): Promise<StreamInfo | undefined> {
  try {
    return await link.api<StreamInfo>(`STREAM.INFO.${name}`, {});
  } catch (error) {
    if (error instanceof ApiRefusal && error.errCode === STREAM_NOT_FOUND) return undefined;
    throw error;
  }
}

async function createStream(link: Link, settings: StreamSettings): Promise<StreamInfo> {
  try {
    return await link.api<StreamInfo>(`STREAM.CREATE.${settings.name}`, settings);
  } catch (error) {
    // Another process created it in this moment, with other settings perhaps: look at what there is.
    const info =
      error instanceof ApiRefusal && error.errCode === STREAM_NAME_IN_USE
        ? await streamInfo(link, settings.name)
        : undefined;
    if (info !== undefined) return info;
    const isTooFew = error instanceof ApiRefusal && TOO_FEW_SERVERS.has(error.errCode);
    throw isTooFew ? new TooFewServers(settings.name, settings.num_replicas ?? 1, error) : error;
  }
}

function settingsDifferences(wanted: Readonly<Record<string, unknown>>, found: StreamSettings): string[] {
  const differences: string[] = [];
  for (const [key, value] of Object.entries(wanted)) {
    if (JSON.stringify(found[key] ?? false) === JSON.stringify(value)) continue;
    differences.push(`${key} is ${JSON.stringify(found[key] ?? false)}, not ${JSON.stringify(value)}`);
  }
  for (const key of [...FORBIDDEN, ...('allow_msg_ttl' in wanted ? [] : ['allow_msg_ttl'])]) {
    if (found[key] !== undefined && found[key] !== false) {
      differences.push(`${key} is ${JSON.stringify(found[key])}, but must be off`);
    }
  }

  return differences;
}
