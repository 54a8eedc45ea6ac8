// What the other ports promise on one server, they promise on three with as many replicas.
import { afterAll, beforeAll, describe } from 'vitest';
import { blobStoreContract } from '../contract/blob-store-contract.ts';
import { commandChannelContract } from '../contract/command-channel-contract.ts';
import { definitionStoreContract } from '../contract/definition-store-contract.ts';
import { eventInboxContract } from '../contract/event-inbox-contract.ts';
import { eventOutcomesContract } from '../contract/event-outcomes-contract.ts';
import { eventPublisherContract } from '../contract/event-publisher-contract.ts';
import { leasesContract } from '../contract/leases-contract.ts';
import { markStoreContract } from '../contract/mark-store-contract.ts';
import { runSecretsContract } from '../contract/run-secrets-contract.ts';
import { slotsContract } from '../contract/slots-contract.ts';
import { snapshotsContract } from '../contract/snapshots-contract.ts';
import {
  openBlobStore,
  openCommandChannel,
  openDefinitionStore,
  openEventInbox,
  openEventOutcomes,
  openEventPublisher,
  openLeases,
  openMarkStore,
  openRunSecrets,
  openSlots,
  openSnapshots,
  type Place,
} from '../stores/jetstream/open-ports.ts';
import { startTestCluster, type TestCluster } from '../support/cluster.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.stop());

const place = (): Place => ({ url: cluster.url, replicas: 3 });

// Three servers beside other work may need a second to answer who holds what: a lease has to live longer than that.
describe('leases', () => leasesContract(() => openLeases({ ...place(), leaseTtlMs: 5_000 })));
describe('blobs', () => blobStoreContract(() => openBlobStore(place())));
describe('definitions', () => definitionStoreContract(() => openDefinitionStore(place())));
describe('slots', () => slotsContract(() => openSlots(place())));
describe('snapshots', () => snapshotsContract(() => openSnapshots(place())));
describe('commands', () => commandChannelContract(() => openCommandChannel(place())));
describe('secrets', () => runSecretsContract(() => openRunSecrets(place())));
describe('events', () => eventPublisherContract(() => openEventPublisher(place())));
describe('inbox', () => eventInboxContract(() => openEventInbox(place())));
describe('outcomes', () => eventOutcomesContract(() => openEventOutcomes(place())));
describe('marks of triggers', () => markStoreContract(() => openMarkStore(place())));
