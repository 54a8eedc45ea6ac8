import { setTimeout as delay } from 'node:timers/promises';
import { InvalidArgumentError, RequestError } from '@nats-io/transport-node';
import type { Json } from '../../../events/canonical-json.ts';
import type { Report, ReportAnswer } from '../../../events/worker-protocol.ts';
import { shardOf } from '../../../machines/shard.ts';
import type { RunSecrets, SecretCipher } from '../../ports/access/secrets.ts';
import type { KeyEntries } from '../../ports/access/subject-keys.ts';
import type { Fence } from '../../ports/backup.ts';
import type { BundleStore } from '../../ports/definitions/bundle-store.ts';
import type { DefinitionStore } from '../../ports/definitions/definition-store.ts';
import type { MarkStore } from '../../ports/mark-store.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';
import {
  type ChannelCaller,
  type CommandChannel,
  CommandTooLarge,
  NoEngine,
} from '../../ports/runs/command-channel.ts';
import type { JournalGenerations } from '../../ports/runs/generations.ts';
import { type Journal, StoreRefuses, type StoreTrouble } from '../../ports/runs/journal.ts';
import type { Leases } from '../../ports/runs/leases.ts';
import type { Snapshots } from '../../ports/runs/snapshots.ts';
import type { Presence, WorkDepth } from '../../ports/work/agent-admin.ts';
import type { Slots } from '../../ports/work/slots.ts';
import type { WorkQueue } from '../../ports/work/work-queue.ts';
import { dial, type Login } from './connection/dial.ts';
import { fenceIn } from './connection/fence.ts';
import { NotYourName, refusedByServer } from './connection/jetstream-errors.ts';
import { createLink, type Link } from './connection/link.ts';
import { type Names, namesOf } from './connection/names.ts';
import { rightsOf } from './connection/permissions.ts';
import { patiently, pause } from './connection/retry.ts';
import { bytesStored, type StreamHealth, streamsHealth } from './connection/stream-health.ts';
import {
  ensureStream,
  journalSettings,
  leasesSettings,
  openStreams,
  type StreamInfo,
  streamInfo,
  untilAnswered,
} from './connection/streams.ts';
import { createTriggersSide, type TriggersSide } from './events/triggers-side.ts';
import { generationIn } from './generations/generation-state.ts';
import { createJetStreamGenerations } from './generations/generations.ts';
import { type JournalLink, openJournalLink } from './generations/journal-link.ts';
import { createJetStreamBlobStore } from './journal/blob-store.ts';
import { createJetStreamBundleStore } from './journal/bundle-store.ts';
import { copyOldBucket } from './journal/definition-copy.ts';
import { createJetStreamDefinitionStore } from './journal/definition-store.ts';
import { createJetStreamJournal } from './journal/journal.ts';
import { countsOfRuns } from './journal/journal-read.ts';
import { createJetStreamSnapshots } from './journal/snapshots.ts';
import { createAgentsBucket } from './kv/agents-bucket.ts';
import { createJetStreamKeyEntries } from './kv/key-entries.ts';
import { createJetStreamLeases } from './kv/leases.ts';
import { createMarkStore } from './kv/mark-store.ts';
import { createPresence } from './kv/presence.ts';
import { createJetStreamRunSecrets } from './kv/run-secrets.ts';
import { createJetStreamSlots } from './kv/slots.ts';
import { ANSWER_MS_MAX, answerQuestions, askOnce } from './queue/queries.ts';
import { createJetStreamWorkQueue, WORK_ALIVE_MS, workDepths } from './queue/work-queue.ts';
import { createWorkSecret } from './queue/work-secret.ts';
import { sendReport } from './queue/worker-link.ts';

const REPORT_MS_MAX = 15_000;

export type JetStreamOptions = {
  /** One address or several, separated by commas; credentials may stand in it. */
  readonly url: string;
  /** Who this is, where that does not stand in the address. */
  readonly login?: Login | undefined;
  /** Separates projects that share a server. */
  readonly namespace?: string;
  /** The name of this connection on the server. */
  readonly name?: string;
  /** On how many servers each stream is kept: 1, or 3 on a cluster. A stream that has fewer is given more. */
  readonly replicas?: number;
  readonly leaseTtlMs?: number;
  /** The time without a heartbeat after which an item of work is given to another worker. */
  readonly workAliveMs?: number;
  /** The time without a heartbeat after which an event is given to another engine. */
  readonly eventSilentMs?: number;
  /** How long a generation of the journal lasts at least, in ms. Default: ten minutes. */
  readonly generationAgeMs?: number;
  /** Told what a person should know: what was changed on the server, and what it does not take for long. */
  readonly onProgress?: (message: string) => void;
  /** Asked when nobody answers, or a write is not acknowledged: why the server stores nothing, where that is known. */
  readonly storeTrouble?: (() => Promise<StoreTrouble | undefined>) | undefined;
};

/** Everything that is kept on one JetStream server for one namespace. */
export type JetStreamHandle = AgentsSide &
  TriggersSide & {
    readonly journal: Journal;
    readonly generations: JournalGenerations;
    readonly leases: Leases;
    readonly definitions: DefinitionStore;
    readonly bundles: BundleStore;
    readonly commands: CommandChannel;
    readonly blobs: BlobStore;
    /** The secrets of runs, sealed with this cipher before they leave this process. */
    runSecrets(cipher: SecretCipher): RunSecrets;
    /** Wrapped keys of subjects. */
    readonly keyEntries: KeyEntries;
    readonly slots: Slots;
    /** Snapshots that were made by these versions of what folds runs. */
    snapshotsFor(library: string): Snapshots;
    /** How many messages each run has, or this one, by the index of the server: also those that it cannot read. */
    runCounts(run?: string): Promise<ReadonlyMap<string, number>>;
    /** The state of each stream of the namespace that exists. */
    health(): Promise<readonly StreamHealth[]>;
    bytesStored(): Promise<number>;
    /** Who has made another site go on with the runs of this one; undefined where nobody has. */
    fence(): Promise<Fence | undefined>;
    /** The stream that holds the journal. */
    readonly journalStream: string;
    /** When the journal was created, as its server says, whatever its generation; undefined where there is none. */
    journalCreated(): Promise<string | undefined>;
    /** Has another replica lead the journal, the preferred one where it can; undefined where there is none. */
    changeLeader(preferred?: string): Promise<LeaderChange | undefined>;
    /** Without credentials. */
    readonly url: string;
    readonly serverVersion: string;
    /** Whether this user of the server may do what engines do. One that may not can ask those that may. */
    readonly mayLead: boolean;
    /** False while the server cannot be reached. */
    isConnected(): boolean;
    readonly writes: Link['writes'];
    /** Calls back whenever the connection is lost, until the returned function is called. */
    onDisconnect(callback: () => void): () => void;
    /** Calls back whenever the connection is there again, until the returned function is called. */
    onReconnect(callback: () => void): () => void;
    close(): Promise<void>;
  };

const LEASE_TTL_MS = 10_000;
const LOOK_EVERY_MS = 2_000;
/** What the header of an append takes of the largest message. */
const HEADER_BYTES_MAX = 512;

/**
 * Connects, and creates the streams of the namespace that are missing. Rejects with NatsUnreachable, NatsTooOld,
 * NoJetStream, StreamMisconfigured or TooFewServers.
 */
export async function connectJetStream(options: JetStreamOptions): Promise<JetStreamHandle> {
  const names = namesOf(options.namespace ?? 'default');
  const { connection, inboxPrefix, user, url, serverVersion } = await dial(options);
  const rights = await rightsOf(connection, names);
  const plain = createLink(connection, { tell: options.onProgress, inboxPrefix, user, rights });
  try {
    const link = await untilAnswered(plain, url, () => openJournalLink(plain, names, options));
    const replicas = options.replicas ?? 1;
    const [journal] = await openStreams(link, url, [
      journalSettings(names, replicas),
      leasesSettings(names, replicas),
    ]);
    const recordBytesMax = recordBytes(journal, connection.info?.max_payload);
    if (fenceIn(journal?.config) === undefined) await copyOldBucket({ link, names, recordBytesMax });

    return createHandle({ ...options, plain, link, names, url, serverVersion, recordBytesMax });
  } catch (error) {
    await connection.close();
    throw refusedByServer(user, error) ?? error;
  }
}

function createHandle(
  parts: JetStreamOptions & {
    /** With every stream under its own name. */
    readonly plain: Link;
    readonly link: JournalLink;
    readonly names: Names;
    readonly serverVersion: string;
    readonly recordBytesMax: number;
  },
): JetStreamHandle {
  const { plain, link, names, url, serverVersion, storeTrouble, replicas = 1 } = parts;
  const journal = createJetStreamJournal(parts);

  return {
    ...{ journal, bundles: createJetStreamBundleStore(parts) },
    leases: createJetStreamLeases({
      link,
      bucket: names.leasesBucket,
      ttlMs: parts.leaseTtlMs ?? LEASE_TTL_MS,
      restore: () => ensureStream(link, leasesSettings(names, replicas)),
    }),
    definitions: refusingSoon(createJetStreamDefinitionStore(parts), storeTrouble),
    commands: createCommandChannel(parts),
    blobs: createJetStreamBlobStore({ link, names, replicas }),
    runSecrets: (cipher) => createJetStreamRunSecrets({ link, names, replicas, cipher }),
    keyEntries: createJetStreamKeyEntries({ link, names, replicas }),
    slots: createJetStreamSlots({ link, names, replicas }),
    ...createAgentsSide({ ...parts, replicas }),
    ...createTriggersSide({ ...parts, replicas }),
    snapshotsFor: (library) => createJetStreamSnapshots({ link, names, replicas, library }),
    runCounts: (run) => countsOfRuns({ link, names }, run),
    ...streamOfJournal(parts),
    url,
    serverVersion,
    mayLead: link.mayLead,
    isConnected: link.isUp,
    ...{ writes: link.writes, onDisconnect: plain.onDown, onReconnect: plain.onUp },
    close: async () => {
      journal.close();
      link.close();
      await link.connection.close();
    },
  };
}

type StreamOfJournal = Pick<
  JetStreamHandle,
  'generations' | 'health' | 'bytesStored' | 'journalStream' | 'fence' | 'journalCreated' | 'changeLeader'
>;

function streamOfJournal(parts: {
  readonly plain: Link;
  readonly link: JournalLink;
  readonly names: Names;
  readonly generationAgeMs?: number;
}): StreamOfJournal {
  const { plain, link, names } = parts;
  const { journalStream: stream } = names;
  const info = () => patiently(link, () => streamInfo(link, stream));

  return {
    generations: createJetStreamGenerations({ ...parts, link: plain, journal: link }),
    ...{ health: () => streamsHealth(plain, names), bytesStored: () => bytesStored(plain, names) },
    journalStream: stream,
    fence: async () => fenceIn((await info())?.config),
    journalCreated: async () => {
      const found = await info();

      return found && (generationIn(found.config)?.created ?? found.created);
    },
    changeLeader: (preferred) => changeLeader(link, stream, preferred),
  };
}

function recordBytes(journal: StreamInfo | undefined, maxPayload = 0): number {
  const maxMessage = journal?.config.max_msg_size ?? -1;
  const messageBytesMax = maxMessage > 0 ? Math.min(maxMessage, maxPayload) : maxPayload;

  return messageBytesMax - HEADER_BYTES_MAX;
}

/** What is said to agents and about them. */
type AgentsSide = {
  readonly workQueue: WorkQueue;
  readonly presence: Presence;
  readonly agentMarks: MarkStore;
  /** Tells the engine that owns the run, on behalf of an agent. Rejects when nobody answers in time. */
  report(agent: string, report: Report): Promise<ReportAnswer>;
  /** The number of items in the queue of each agent. */
  workDepths(): Promise<ReadonlyMap<string, WorkDepth>>;
  /** What the tokens of items are made with; for engines only. */
  workSecret(): Promise<string>;
};

function createAgentsSide(source: {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
  readonly workAliveMs?: number | undefined;
}): AgentsSide {
  const { link, names, workAliveMs: aliveMs = WORK_ALIVE_MS } = source;
  const presence = createPresence(source);

  return {
    workQueue: createJetStreamWorkQueue({ ...source, presence, aliveMs }),
    presence,
    // Older engines look for the marker of a drain that is over, and agents may be called `ops/ada`.
    agentMarks: createMarkStore(createAgentsBucket(source, names.agentsBucket), {
      leaves: 'marker',
      partsMax: 2,
    }),
    report: (agent, report) =>
      sendReport(link, names.reportSubject(agent, shardOf(report.run)), {
        report,
        signal: AbortSignal.timeout(REPORT_MS_MAX),
      }),
    workDepths: () => workDepths(link, names),
    workSecret: createWorkSecret(createAgentsBucket(source, names.engineBucket)),
  };
}

/** By which server a stream was led, and by which it is now. */
type LeaderChange = { readonly from: string | undefined; readonly to: string };

/** Has another replica lead the stream, the preferred one where it can; undefined where there is none. */
async function changeLeader(
  link: Link,
  stream: string,
  preferred?: string,
): Promise<LeaderChange | undefined> {
  const before = await patiently(link, () => streamInfo(link, stream));
  if ((before?.config.num_replicas ?? 1) < 2) return undefined;
  const from = before?.cluster?.leader;
  const placement = preferred === undefined ? {} : { placement: { preferred } };
  await link.api(`STREAM.LEADER.STEPDOWN.${stream}`, placement);

  return patiently(link, async () => {
    const { leader = '' } = (await streamInfo(link, stream))?.cluster ?? {};
    if (leader === '' || leader === from) throw new RequestError('no other leader yet');

    return { from, to: leader };
  });
}

/** Commands as NATS requests to `wf.<namespace>.command.<shard>.<who asks>`: permissions on the server pin that. */
function createCommandChannel({
  link,
  names,
  storeTrouble,
}: Pick<JetStreamOptions, 'storeTrouble'> & {
  readonly link: Link;
  readonly names: Names;
}): CommandChannel {
  return {
    serve: (shard, handler) =>
      answerQuestions(link, names.commandSubjectsOf(shard), (question) =>
        handler(question.json<Json>(), { as: names.askerOf(question.subject) }),
      ),
    request: (shard, request, { as, timeoutMs }) =>
      ask(link, names.commandSubject(shard, as), { request, shard, as, timeoutMs }).catch(async (error) => {
        const trouble =
          error instanceof NoEngine ? ((await storeTrouble?.()) ?? unreachableBy(link)) : undefined;
        throw trouble === undefined ? error : new StoreRefuses(trouble, { cause: error });
      }),
  };
}

function unreachableBy(link: Link): StoreTrouble | undefined {
  if (link.isUp()) return undefined;

  return { code: 'nats.unreachable', message: 'the NATS server cannot be reached; run `workflow doctor`' };
}

/** A definition that cannot be stored is refused as soon as it is known why, not when nothing else can be tried. */
function refusingSoon(
  store: DefinitionStore,
  storeTrouble: JetStreamOptions['storeTrouble'],
): DefinitionStore {
  if (storeTrouble === undefined) return store;

  return {
    ...store,
    register: async (definition) => {
      const over = new AbortController();
      const refused = async (): Promise<void> => {
        while (!over.signal.aborted) {
          await delay(LOOK_EVERY_MS, undefined, over).catch(() => undefined);
          const trouble = over.signal.aborted ? undefined : await storeTrouble();
          if (trouble !== undefined) throw new StoreRefuses(trouble);
        }
      };
      try {
        await Promise.race([store.register(definition), refused()]);
      } finally {
        over.abort();
      }
    },
  };
}

async function ask(
  link: Link,
  subject: string,
  {
    request,
    shard,
    as,
    timeoutMs: waitMs,
  }: ChannelCaller & { readonly request: Json; readonly shard: number; readonly timeoutMs: number },
): Promise<Json> {
  const body = JSON.stringify(request);
  const deadline = performance.now() + waitMs;
  for (let attempt = 0; ; attempt++) {
    const timeoutMs = Math.max(1, Math.min(deadline - performance.now(), ANSWER_MS_MAX));
    const answer = await askOnce(link, subject, { body, timeoutMs }).catch(asTooLarge(body));
    if (answer !== '') return JSON.parse(answer) as Json;
    if (link.lastProblem()?.includes(`"${subject}"`)) throw new NotYourName(as);
    if (link.connection.isClosed() || performance.now() >= deadline) throw new NoEngine(shard, waitMs);
    await pause(attempt);
  }
}

/** The only thing that the client refuses by itself, and would refuse for ever. */
function asTooLarge(body: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new CommandTooLarge(Buffer.byteLength(body), error);
  };
}
