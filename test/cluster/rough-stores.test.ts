// What the stores promise on a good network, they promise on one that loses answers and delivers requests late.
import { describe } from 'vitest';
import { blobStoreContract } from '../contract/blob-store-contract.ts';
import { definitionStoreContract } from '../contract/definition-store-contract.ts';
import { eventInboxContract } from '../contract/event-inbox-contract.ts';
import { eventOutcomesContract } from '../contract/event-outcomes-contract.ts';
import { eventPublisherContract } from '../contract/event-publisher-contract.ts';
import { markStoreContract } from '../contract/mark-store-contract.ts';
import { runSecretsContract } from '../contract/run-secrets-contract.ts';
import { snapshotsContract } from '../contract/snapshots-contract.ts';
import {
  openBlobStore,
  openDefinitionStore,
  openEventInbox,
  openEventOutcomes,
  openEventPublisher,
  openMarkStore,
  openRunSecrets,
  openSnapshots,
} from '../stores/jetstream/open-ports.ts';
import { onRoughNetwork } from './rough-network.ts';

onRoughNetwork((place) => {
  describe('blobs', () => blobStoreContract(() => openBlobStore(place())));
  describe('definitions', () => definitionStoreContract(() => openDefinitionStore(place())));
  describe('snapshots', () => snapshotsContract(() => openSnapshots(place())));
  describe('secrets', () => runSecretsContract(() => openRunSecrets(place())));
  describe('events', () => eventPublisherContract(() => openEventPublisher(place())));
  describe('inbox', () => eventInboxContract(() => openEventInbox(place())));
  describe('outcomes', () => eventOutcomesContract(() => openEventOutcomes(place())));
  describe('marks of triggers', () => markStoreContract(() => openMarkStore(place())));
});
