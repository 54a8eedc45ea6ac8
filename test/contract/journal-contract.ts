import { describe } from 'vitest';
import { appendContract } from './journal-append.ts';
import { foreignContract } from './journal-foreign.ts';
import { raceContract } from './journal-race.ts';
import { readContract } from './journal-read.ts';
import { sinceContract } from './journal-since.ts';
import { watchContract } from './journal-watch.ts';
import type { OpenJournal } from './open-journal.ts';

/** What every implementation of the journal port promises. */
export function journalContract(open: () => Promise<OpenJournal>): void {
  describe('appending', () => appendContract(open));
  describe('racing writers', () => raceContract(open));
  describe('reading', () => readContract(open));
  describe('watching', () => watchContract(open));
  describe('watching since a time', () => sinceContract(open));
  describe('messages of strangers', () => foreignContract(open));
}
