// Every port on a JetStream server or cluster, empty and seen by two processes, as the contract suites want them.
import { expect } from 'vitest';
import { createSecretCipher } from '../../../src/keys/cipher.ts';
import type { WorkerLink } from '../../../src/ports/work/worker-link.ts';
import { connectJetStream, type JetStreamHandle } from '../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../src/stores/jetstream/connection/names.ts';
import { WORK_ALIVE_MS } from '../../../src/stores/jetstream/queue/work-queue.ts';
import { connectWorkerLink } from '../../../src/stores/jetstream/queue/worker-link.ts';
import type { OpenBlobStore } from '../../contract/blob-store-contract.ts';
import type { OpenBundleStore } from '../../contract/bundle-store-contract.ts';
import type { OpenCommandChannel } from '../../contract/command-channel-contract.ts';
import type { OpenDefinitionStore } from '../../contract/definition-store-contract.ts';
import type { OpenEventInbox } from '../../contract/event-inbox-contract.ts';
import type { OpenEventOutcomes } from '../../contract/event-outcomes-contract.ts';
import { cloudEvent, type OpenEventPublisher } from '../../contract/event-publisher-contract.ts';
import type { OpenLeases } from '../../contract/leases-contract.ts';
import type { OpenMarkStore } from '../../contract/mark-store-contract.ts';
import type { OpenJournal } from '../../contract/open-journal.ts';
import type { OpenWork } from '../../contract/open-work.ts';
import type { OpenRunSecrets } from '../../contract/run-secrets-contract.ts';
import type { OpenSlots } from '../../contract/slots-contract.ts';
import type { OpenSnapshots } from '../../contract/snapshots-contract.ts';
import { temporaryProject } from '../../files/temporary-project.ts';
import { freshNamespace, publish } from './open-jetstream.ts';
import { listenTo, publishedMessages } from './published-events.ts';

/** Where the ports are opened. */
export type Place = {
  readonly url: string;
  /** The address of the first process, when it is not to come by the direct way. */
  readonly through?: string;
  readonly replicas?: number;
  readonly leaseTtlMs?: number;
  readonly workAliveMs?: number;
  readonly eventSilentMs?: number;
  /** Called when both processes are connected; what it returns, before they leave. */
  readonly onOpen?: () => () => void;
};

type Pair = {
  readonly mine: JetStreamHandle;
  readonly theirs: JetStreamHandle;
  readonly namespace: string;
  readonly close: () => Promise<void>;
};

async function openPair({
  url,
  through = url,
  replicas,
  leaseTtlMs,
  workAliveMs,
  eventSilentMs,
  onOpen,
}: Place): Promise<Pair> {
  const options = {
    namespace: freshNamespace(),
    ...(replicas === undefined ? {} : { replicas }),
    ...(leaseTtlMs === undefined ? {} : { leaseTtlMs }),
    ...(workAliveMs === undefined ? {} : { workAliveMs }),
    ...(eventSilentMs === undefined ? {} : { eventSilentMs }),
  };
  const mine = await connectJetStream({ ...options, url: through });
  const theirs = await connectJetStream({ ...options, url });
  const onClose = onOpen?.();

  return {
    mine,
    theirs,
    namespace: options.namespace,
    close: async () => {
      onClose?.();
      await mine.close();
      await theirs.close();
    },
  };
}

export async function openJournal(place: Place): Promise<OpenJournal & { readonly namespace: string }> {
  const { mine, theirs, namespace, close } = await openPair(place);

  return {
    namespace,
    journal: mine.journal,
    other: theirs.journal,
    plant: (run, body) => publish(place.url, { subject: namesOf(namespace).runSubject(run), body }),
    close,
  };
}

/** With the shortest time to live that the server knows, unless the place says another one. */
export async function openLeases(place: Place): Promise<OpenLeases> {
  const { mine, theirs, close } = await openPair({ leaseTtlMs: 1_000, ...place });
  const heldByNow = async (): Promise<number> => (await theirs.leases.holders()).size;

  return {
    leases: mine.leases,
    other: theirs.leases,
    letExpire: () => expect.poll(heldByNow, { timeout: 20_000, interval: 50 }).toBe(0),
    close,
  };
}

export async function openBlobStore(place: Place): Promise<OpenBlobStore> {
  const { mine, theirs, namespace, close } = await openPair(place);
  const bucket = namesOf(namespace).blobsBucket;

  return {
    store: mine.blobs,
    other: theirs.blobs,
    plant: async (digest, text) => {
      // Only to have the bucket.
      await theirs.blobs.get(digest);
      await publish(place.url, { subject: `$O.${bucket}.C.${digest}`, body: text });
      const meta = { name: digest, nuid: digest, size: text.length, chunks: 1 };
      const key = Buffer.from(digest).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
      await publish(place.url, { subject: `$O.${bucket}.M.${key}`, body: JSON.stringify(meta) });
    },
    close,
  };
}

export async function openDefinitionStore(place: Place): Promise<OpenDefinitionStore> {
  const { mine, theirs, close } = await openPair(place);

  return { store: mine.definitions, other: theirs.definitions, close };
}

export async function openBundleStore(place: Place): Promise<OpenBundleStore> {
  const { mine, theirs, close } = await openPair(place);

  return { store: mine.bundles, other: theirs.bundles, close };
}

export async function openSlots(place: Place): Promise<OpenSlots> {
  const { mine, theirs, close } = await openPair(place);

  return { slots: mine.slots, other: theirs.slots, close };
}

export async function openSnapshots(place: Place): Promise<OpenSnapshots> {
  const { mine, theirs, close } = await openPair(place);

  return { store: mine.snapshotsFor('test'), other: theirs.snapshotsFor('test'), close };
}

export async function openCommandChannel(place: Place): Promise<OpenCommandChannel> {
  const { mine, theirs, close } = await openPair(place);

  return { asking: mine.commands, answering: theirs.commands, close };
}

/** With the namespace and the project whose key seals the secrets. */
export async function openRunSecrets(
  place: Place,
): Promise<OpenRunSecrets & { readonly project: string; readonly namespace: string }> {
  const project = await temporaryProject();
  const { mine, theirs, namespace, close } = await openPair(place);

  return {
    project,
    namespace,
    secrets: mine.runSecrets(createSecretCipher(project)),
    other: theirs.runSecrets(createSecretCipher(project)),
    close,
  };
}

/** Workers come by the same way as the first engine. */
export async function openWork(place: Place): Promise<OpenWork & { readonly namespace: string }> {
  const { mine, theirs, namespace, close } = await openPair(place);
  const links: WorkerLink[] = [];

  return {
    namespace,
    aliveMs: place.workAliveMs ?? WORK_ALIVE_MS,
    queue: mine.workQueue,
    other: theirs.workQueue,
    presence: theirs.presence,
    link: async () => {
      const link = await connectWorkerLink({ url: place.through ?? place.url, namespace });
      links.push(link);

      return link;
    },
    close: async () => {
      for (const link of links) await link.close();
      await close();
    },
  };
}

export async function openEventPublisher(place: Place): Promise<OpenEventPublisher> {
  const { mine, theirs, namespace, close } = await openPair(place);
  const { eventsStream } = namesOf(namespace);

  return {
    events: mine.events,
    other: theirs.events,
    published: async () => (await publishedMessages(place.url, eventsStream)).map(({ event }) => event),
    serve: async () => {
      const stop = new AbortController();
      await theirs.events.publish(cloudEvent('taken'));
      for await (const _ of theirs.inbox.take({ signal: stop.signal, atOnceMax: 1 })) stop.abort();
    },
    listen: async () => {
      await mine.openEvents();
      return listenTo(place.url, eventsStream);
    },
    close,
  };
}

/** With the namespace, and takers that are silent for a second only. */
export async function openEventInbox(place: Place): Promise<OpenEventInbox & { readonly namespace: string }> {
  const { mine, theirs, namespace, close } = await openPair({ eventSilentMs: 1_000, ...place });
  const names = namesOf(namespace);
  // Only to have the stream.
  await theirs.events.publish(cloudEvent('first'));
  await publish(place.url, { subject: `$JS.API.STREAM.PURGE.${names.eventsStream}`, body: '' });

  return {
    namespace,
    inbox: mine.inbox,
    other: theirs.inbox,
    put: ({ type, by, body }) => publish(place.url, { subject: names.eventSubject(type, by), body }),
    close,
  };
}

export async function openEventOutcomes(place: Place): Promise<OpenEventOutcomes> {
  const { mine, theirs, close } = await openPair(place);

  return { outcomes: mine.outcomes, other: theirs.outcomes, close };
}

export async function openAlertWires(place: Place) {
  const { mine, theirs, close } = await openPair(place);

  return { mine: mine.alertWire, theirs: theirs.alertWire, close };
}

export async function openLiveOutputs(place: Place) {
  const { mine, theirs, namespace, close } = await openPair(place);

  return { mine: mine.live, theirs: theirs.live, namespace, close };
}

export async function openMarkStore(place: Place): Promise<OpenMarkStore> {
  const { mine, theirs, close } = await openPair(place);

  return { marks: mine.triggerMarks, other: theirs.triggerMarks, close };
}
