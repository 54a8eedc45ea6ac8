// Whatever else is simulated keeps the promises of what it stands for.
import { describe } from 'vitest';
import { blobStoreContract } from '../../contract/blob-store-contract.ts';
import { commandChannelContract } from '../../contract/command-channel-contract.ts';
import { definitionStoreContract } from '../../contract/definition-store-contract.ts';
import { slotsContract } from '../../contract/slots-contract.ts';
import { snapshotsContract } from '../../contract/snapshots-contract.ts';
import { createCommandServer } from './commands.ts';
import { createQuietWorld } from './quiet-world.ts';
import { createKept, storesOf } from './stores.ts';

function openStores() {
  const quiet = createQuietWorld();
  const kept = createKept();
  const close = async () => quiet.stop();

  return { kept, one: storesOf(quiet.link('one'), kept), two: storesOf(quiet.link('two'), kept), close };
}

describe('blobs', () =>
  blobStoreContract(async () => {
    const { kept, one, two, close } = openStores();
    const plant = async (digest: string, text: string) => void kept.blobs.set(digest, text);
    return { store: one.blobs, other: two.blobs, plant, close };
  }));

describe('slots', () =>
  slotsContract(async () => {
    const { one, two, close } = openStores();
    return { slots: one.slots, other: two.slots, close };
  }));

describe('definitions', () =>
  definitionStoreContract(async () => {
    const { one, two, close } = openStores();
    return { store: one.definitions, other: two.definitions, close };
  }));

describe('snapshots', () =>
  snapshotsContract(async () => {
    const { one, two, close } = openStores();
    return { store: one.snapshots, other: two.snapshots, close };
  }));

describe('commands', () =>
  commandChannelContract(async () => {
    const quiet = createQuietWorld();
    const server = createCommandServer(quiet.world);
    return {
      asking: server.of(quiet.link('asking')),
      answering: server.of(quiet.link('answering')),
      close: async () => quiet.stop(),
    };
  }));
