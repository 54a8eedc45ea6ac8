// The simulated journal keeps the promises of the real one: what is shown in a simulation holds only as far as that.
// Watching since a time is left out: virtual time is not that of the suite.
import { describe } from 'vitest';
import { appendContract } from '../../contract/journal-append.ts';
import { foreignContract } from '../../contract/journal-foreign.ts';
import { raceContract } from '../../contract/journal-race.ts';
import { readContract } from '../../contract/journal-read.ts';
import { watchContract } from '../../contract/journal-watch.ts';
import type { OpenJournal } from '../../contract/open-journal.ts';
import { createSimJournal } from './journal.ts';
import { createQuietWorld } from './quiet-world.ts';
import { createStream } from './stream.ts';

async function open(): Promise<OpenJournal> {
  const quiet = createQuietWorld();
  const { agenda, faults } = quiet.world;
  const stream = createStream(agenda.nowMs);

  return {
    journal: createSimJournal(quiet.link('one'), { stream, faults }),
    other: createSimJournal(quiet.link('other'), { stream, faults }),
    plant: async (run, body) => stream.plant(run, body),
    close: async () => quiet.stop(),
  };
}

describe('appending', () => appendContract(open));
describe('racing writers', () => raceContract(open));
describe('reading', () => readContract(open));
describe('watching', () => watchContract(open));
describe('messages of strangers', () => foreignContract(open));
