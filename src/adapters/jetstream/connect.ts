import type { BlobStore } from '../../ports/blob-store.ts';
import type { CommandChannel } from '../../ports/command-channel.ts';
import type { DefinitionStore } from '../../ports/definition-store.ts';
import type { Journal } from '../../ports/journal.ts';
import type { Leases } from '../../ports/leases.ts';
import type { RunSecrets, SecretCipher } from '../../ports/secrets.ts';
import type { Slots } from '../../ports/slots.ts';
import type { Snapshots } from '../../ports/snapshots.ts';
import { type AgentsSide, createAgentsSide } from './agents-side.ts';
import { createJetStreamBlobStore } from './blob-store.ts';
import { changeLeader, type LeaderChange } from './change-leader.ts';
import { createCommandChannel } from './command-channel.ts';
import { createJetStreamDefinitionStore } from './definition-store.ts';
import { dial } from './dial.ts';
import { refusedByServer } from './jetstream-errors.ts';
import { createJetStreamJournal } from './journal.ts';
import { createJetStreamLeases } from './leases.ts';
import { createLink, type Link } from './link.ts';
import { type Names, namesOf } from './names.ts';
import { openStreams } from './open-streams.ts';
import { createJetStreamRunSecrets } from './run-secrets.ts';
import { createJetStreamSlots } from './slots.ts';
import { createJetStreamSnapshots } from './snapshots.ts';
import { type StreamHealth, streamsHealth } from './stream-health.ts';
import {
  definitionsSettings,
  ensureStream,
  journalSettings,
  leasesSettings,
  type StreamInfo,
} from './streams.ts';
import { createTriggersSide, type TriggersSide } from './triggers-side.ts';
import { rightsOf } from './user-rights.ts';

export type JetStreamOptions = {
  /** One address or several, separated by commas; credentials may stand in it. */
  readonly url: string;
  /** Separates projects that share a server. */
  readonly namespace?: string;
  /** How this connection is called on the server. */
  readonly name?: string;
  /** On how many servers each stream is kept: 1, or 3 on a cluster. A stream that has fewer is given more. */
  readonly replicas?: number;
  readonly leaseTtlMs?: number;
  /** How long the queue of work waits for a sign of life of who has an item, before another gets it. */
  readonly workAliveMs?: number;
  /** How long it is waited for a sign of life of who has an event, before another gets it. */
  readonly eventSilentMs?: number;
  /** Told what a person should know: what was changed on the server, and what it does not take for long. */
  readonly onProgress?: (message: string) => void;
};

/** Everything that is kept on one JetStream server for one namespace. */
export type JetStreamHandle = AgentsSide &
  TriggersSide & {
    readonly journal: Journal;
    readonly leases: Leases;
    readonly definitions: DefinitionStore;
    readonly commands: CommandChannel;
    readonly blobs: BlobStore;
    /** The secrets of runs, sealed with this cipher before they leave this process. */
    runSecrets(cipher: SecretCipher): RunSecrets;
    readonly slots: Slots;
    /** Snapshots that were made by these versions of what folds runs. */
    snapshotsFor(library: string): Snapshots;
    /** How the streams of the namespace are that exist. */
    health(): Promise<readonly StreamHealth[]>;
    /** Has another replica lead the journal, the preferred one where it can; undefined where there is none. */
    changeLeader(preferred?: string): Promise<LeaderChange | undefined>;
    /** Without credentials. */
    readonly url: string;
    readonly serverVersion: string;
    /** Whether this user of the server may do what engines do. One that may not can ask those that may. */
    readonly mayLead: boolean;
    /** False while the server cannot be reached. */
    isConnected(): boolean;
    /** Calls back whenever the connection is lost, until the returned function is called. */
    onDisconnect(callback: () => void): () => void;
    /** Calls back whenever the connection is there again, until the returned function is called. */
    onReconnect(callback: () => void): () => void;
    close(): Promise<void>;
  };

const LEASE_TTL_MS = 10_000;
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
  const link = createLink(connection, { tell: options.onProgress, inboxPrefix, user, rights });
  try {
    const replicas = options.replicas ?? 1;
    const [journal] = await openStreams(link, url, [
      journalSettings(names, replicas),
      definitionsSettings(names, replicas),
      leasesSettings(names, replicas),
    ]);

    return createHandle({ ...options, link, names, url, serverVersion, journal });
  } catch (error) {
    await connection.close();
    throw refusedByServer(user, error) ?? error;
  }
}

function createHandle(
  parts: JetStreamOptions & {
    readonly link: Link;
    readonly names: Names;
    readonly serverVersion: string;
    readonly journal: StreamInfo | undefined;
  },
): JetStreamHandle {
  const { link, names, url, serverVersion } = parts;
  const { connection } = link;
  const recordBytesMax = recordBytes(parts.journal, connection.info?.max_payload);
  const journal = createJetStreamJournal({ link, names, recordBytesMax });

  return {
    journal,
    leases: createJetStreamLeases({
      link,
      bucket: names.leasesBucket,
      ttlMs: parts.leaseTtlMs ?? LEASE_TTL_MS,
      restore: () => ensureStream(link, leasesSettings(names, parts.replicas ?? 1)),
    }),
    definitions: createJetStreamDefinitionStore({ link, names, replicas: parts.replicas ?? 1 }),
    commands: createCommandChannel({ link, names }),
    blobs: createJetStreamBlobStore({ link, names, replicas: parts.replicas ?? 1 }),
    runSecrets: (cipher) => createJetStreamRunSecrets({ link, names, replicas: parts.replicas ?? 1, cipher }),
    slots: createJetStreamSlots({ link, names, replicas: parts.replicas ?? 1 }),
    ...createAgentsSide({ ...parts, replicas: parts.replicas ?? 1 }),
    ...createTriggersSide({ ...parts, replicas: parts.replicas ?? 1 }),
    snapshotsFor: (library) =>
      createJetStreamSnapshots({ link, names, replicas: parts.replicas ?? 1, library }),
    health: () => streamsHealth(link, names),
    changeLeader: (preferred) => changeLeader(link, names.journalStream, preferred),
    url,
    serverVersion,
    mayLead: link.mayLead,
    isConnected: link.isUp,
    onDisconnect: link.onDown,
    onReconnect: link.onUp,
    close: async () => {
      journal.close();
      await connection.close();
    },
  };
}

function recordBytes(journal: StreamInfo | undefined, maxPayload = 0): number {
  const maxMessage = journal?.config.max_msg_size ?? -1;
  const messageBytesMax = maxMessage > 0 ? Math.min(maxMessage, maxPayload) : maxPayload;

  return messageBytesMax - HEADER_BYTES_MAX;
}
