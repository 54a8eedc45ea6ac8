// What the journal promises writers on a good network, it promises on one that loses answers and is late.
import { describe } from 'vitest';
import { appendContract } from '../contract/journal-append.ts';
import { raceContract } from '../contract/journal-race.ts';
import { openJournal } from '../stores/jetstream/open-ports.ts';
import { onRoughNetwork } from './rough-network.ts';

onRoughNetwork((place) => {
  describe('appending', () => appendContract(() => openJournal(place())));
  describe('racing writers', () => raceContract(() => openJournal(place())));
});
