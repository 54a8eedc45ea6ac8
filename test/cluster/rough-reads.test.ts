// What the journal promises readers on a good network, it promises on one that loses answers and is late.
import { describe } from 'vitest';
import { foreignContract } from '../contract/journal-foreign.ts';
import { readContract } from '../contract/journal-read.ts';
import { sinceContract } from '../contract/journal-since.ts';
import { watchContract } from '../contract/journal-watch.ts';
import { openJournal } from '../stores/jetstream/open-ports.ts';
import { onRoughNetwork } from './rough-network.ts';

onRoughNetwork((place) => {
  describe('reading', () => readContract(() => openJournal(place())));
  describe('watching', () => watchContract(() => openJournal(place())));
  describe('watching since a time', () => sinceContract(() => openJournal(place())));
  describe('messages of strangers', () => foreignContract(() => openJournal(place())));
});
