// What leases, commands and slots promise on a good network, they promise on one that loses answers and is late.
import { describe } from 'vitest';
import { commandChannelContract } from '../contract/command-channel-contract.ts';
import { leasesContract } from '../contract/leases-contract.ts';
import { slotsContract } from '../contract/slots-contract.ts';
import { openCommandChannel, openLeases, openSlots } from '../stores/jetstream/open-ports.ts';
import { onRoughNetwork } from './rough-network.ts';

onRoughNetwork((place) => {
  // Longer than it takes to notice that the answer to a request was lost.
  describe('leases', () => leasesContract(() => openLeases({ ...place(), leaseTtlMs: 8_000 })));
  describe('commands', () => commandChannelContract(() => openCommandChannel(place())));
  describe('slots', () => slotsContract(() => openSlots(place())));
});
