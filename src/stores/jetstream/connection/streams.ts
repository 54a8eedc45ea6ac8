import { NoRespondersError, RequestError } from '@nats-io/transport-node';
import { retryUntilDone } from '../../../lib/retry.ts';
import { isBetween } from '../generations/generation-state.ts';
import { fenceIn } from './fence.ts';
import {
  ApiRefusal,
  NatsUnreachable,
  NOT_CLUSTERED,
  NoJetStream,
  StreamMisconfigured,
  TooFewServers,
} from './jetstream-errors.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';
import { isPassing, pause } from './retry.ts';

/** A cluster whose leader has died needs 4 to 8 s for the next one, and a request on the way is answered by none. */
const PATIENCE_MS = 20_000;

/** The servers of a cluster that has just been started find each other. */
const FORMING_MS = 5_000;

const QUIET_MS = 2_000;

/** JetStream is off on the server, or for this account. */
const NOT_ENABLED: ReadonlySet<number> = new Set([10039, 10076]);

/** The settings of a stream as JetStream's API has them. Times are in nanoseconds. */
export type StreamSettings = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly subjects?: readonly string[];
  readonly max_msg_size?: number;
  readonly num_replicas?: number;
};

export type StreamInfo = {
  readonly config: StreamSettings;
  /** When it was made: ISO 8601, UTC. */
  readonly created?: string;
  readonly state: {
    readonly first_seq?: number;
    readonly last_seq: number;
    readonly bytes?: number;
    readonly messages?: number;
    readonly consumer_count?: number;
    /** Positions without a message between the first and the last; only where they were asked for. */
    readonly deleted?: readonly number[] | null;
    readonly lost?: { readonly msgs?: readonly number[] | null };
    /** How many messages each subject has that was asked for. */
    readonly subjects?: Readonly<Record<string, number>>;
  };
  /** How many subjects there are, of which one answer names the first ones. */
  readonly total?: number;
  readonly cluster?: {
    /** Absent on a server that is in no cluster. */
    readonly name?: string;
    readonly leader?: string;
    readonly replicas?: readonly {
      readonly name: string;
      readonly current?: boolean;
      readonly offline?: boolean;
      /** How many operations it is behind. */
      readonly lag?: number;
    }[];
  };
};

/** A server alone that links to other stations calls itself a cluster, too: of its own name. */
export function isOnCluster({ name = '', leader }: NonNullable<StreamInfo['cluster']> = {}): boolean {
  return name !== '' && name !== leader;
}

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
    subjects: [names.journalSubjects, names.definitionSubjects],
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
const OPEN: ReadonlySet<string> = new Set([
  'num_replicas',
  'max_msg_size',
  'duplicate_window',
  // A journal is found by one name, and kept under one of two.
  'name',
]);

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
 * Looks the stream up, creates it if it is missing, gives it the subjects and replicas that it lacks, and
 * refuses one whose settings differ where it matters: in others than those that `open` names.
 */
export async function ensureStream(
  link: Link,
  settings: StreamSettings,
  open: ReadonlySet<string> = new Set(),
): Promise<StreamInfo> {
  const found = (await streamInfo(link, settings.name)) ?? (await createStream(link, settings));
  // Whoever may store here learns it elsewhere, and everybody may read.
  if (fenceIn(found.config) !== undefined || isBetween(found.config)) return found;
  const info = await widened(link, found, settings);
  const wanted = Object.entries(settings).filter(([key]) => !OPEN.has(key) && !open.has(key));
  const differences = settingsDifferences(Object.fromEntries(wanted), info.config);
  if (differences.length > 0) throw new StreamMisconfigured(settings.name, differences);

  return raised(link, info, settings.num_replicas ?? 1);
}

/** A stream of an earlier version may lack subjects that came later. It is given them, and keeps those it has. */
async function widened(link: Link, info: StreamInfo, { subjects }: StreamSettings): Promise<StreamInfo> {
  const { config } = info;
  const has = config.subjects ?? [];
  const lacking = (subjects ?? []).filter((each) => !has.includes(each));
  // A stream that has other subjects, too, or none of ours, is somebody else's.
  if (lacking.length === 0 || has.length + lacking.length !== subjects?.length) return info;
  if (!link.mayLead)
    throw new StreamMisconfigured(config.name, [
      `${lacking.join(', ')} is not among its subjects yet, and is once an engine of this version was started`,
    ]);
  const updated = await link.api<StreamInfo>(`STREAM.UPDATE.${config.name}`, { ...config, subjects });
  link.tell(`stream ${config.name} takes ${lacking.join(', ')} from now on, too`);

  return updated;
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

export async function streamInfo(
  link: Link,
  name: string,
  query: { readonly deleted_details?: true } = {},
): Promise<StreamInfo | undefined> {
  try {
    return await link.api<StreamInfo>(`STREAM.INFO.${name}`, query);
  } catch (error) {
    if (error instanceof ApiRefusal && error.errCode === STREAM_NOT_FOUND) return undefined;
    throw error;
  }
}

/** The subjects under which the stream holds messages. The server knows them without looking at any message. */
export async function subjectsIn(link: Link, stream: string, filter: string): Promise<readonly string[]> {
  return [...(await subjectCounts(link, stream, filter)).keys()];
}

/** How many messages each of these subjects has, by the index of the server: also those that it cannot read. */
export async function subjectCounts(
  link: Link,
  stream: string,
  filter: string,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (let offset = 0; ; ) {
    const query = { subjects_filter: filter, offset };
    const { state, total = 0 } = await link.api<StreamInfo>(`STREAM.INFO.${stream}`, query);
    const page = Object.entries(state.subjects ?? {});
    for (const [subject, count] of page) found.set(subject, count);
    offset += page.length;
    if (page.length === 0 || offset >= total) return found;
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

/** Opens all streams at once. */
export function openStreams(
  link: Link,
  url: string,
  settings: readonly StreamSettings[],
): Promise<readonly StreamInfo[]> {
  return untilAnswered(link, url, () => Promise.all(settings.map((one) => ensureStream(link, one))));
}

/** A cluster that elects a leader is waited for; a server without JetStream is not. */
export async function untilAnswered<Result>(
  link: Link,
  url: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const notice = setTimeout(() => {
    link.tell(
      `JetStream does not answer yet; trying for ${PATIENCE_MS / 1000} s (an election after a server died?)`,
    );
  }, QUIET_MS);
  const since = performance.now();
  try {
    return await retryUntilDone(work, (error, failuresBefore) => {
      if (isOff(link, error)) throw new NoJetStream(url, error);
      if (!isPassing(error)) throw error;
      refuseToWait(url, error, performance.now() - since);

      return pause(failuresBefore);
    });
  } finally {
    clearTimeout(notice);
  }
}

function refuseToWait(url: string, error: unknown, waitedMs: number): void {
  if (error instanceof TooFewServers && waitedMs > FORMING_MS) throw error;
  if (waitedMs > PATIENCE_MS) throw new NatsUnreachable(url, 'JetStream does not answer', error);
}

function isOff(link: Link, error: unknown): boolean {
  if (error instanceof ApiRefusal) return NOT_ENABLED.has(error.errCode);
  if (link.connection.info?.jetstream === true) return false;

  return error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());
}
