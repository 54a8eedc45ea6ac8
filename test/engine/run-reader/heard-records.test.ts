// What is kept of runs in memory is what the journal holds of them, or nothing. Method: messages passed by hand.
import { expect, test } from 'vitest';
import { createHeardRecords } from '../../../src/engine/run-reader/run-cache.ts';
import type { Stored } from '../../../src/ports/runs/journal.ts';
import { createMemoryJournal } from '../../../src/stores/memory/journal.ts';
import { createPausing } from '../outbound/outbound-world.ts';

async function listed(messages: AsyncIterable<Stored>): Promise<readonly number[]> {
  const positions: number[] = [];
  for await (const { position } of messages) positions.push(position);

  return positions;
}

/** Three runs of three records each: 1 4 7, 2 5 8, 3 6 9. */
async function threeRuns() {
  const journal = createMemoryJournal();
  const write = createPausing(journal);
  for (let round = 0; round < 3; round += 1) for (const run of ['run-1', 'run-2', 'run-3']) await write(run);
  const all = async function* (after: number) {
    for await (const stored of journal.watch({ after, signal: new AbortController().signal })) {
      yield stored;
      if (stored.position === 9) return;
    }
  };

  return { journal, all };
}

test('a run is there from its first record on, as the journal has it', async () => {
  const { journal, all } = await threeRuns();
  const heard = createHeardRecords();

  expect(await listed(heard.noting(all(0)))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(heard.has('run-2', 3)).toBe(true);
  expect(heard.has('run-2', 4)).toBe(false);
  expect(await listed(heard.read('run-2'))).toEqual(await listed(journal.read('run-2')));
  expect(await listed(heard.read('run-2', { after: 2 }))).toEqual([5, 8]);
  heard.forget('run-2');
  expect(heard.has('run-2', 1)).toBe(false);
});

test('a run whose beginning was not seen, or that something strange stands in, is not there', async () => {
  const { journal, all } = await threeRuns();
  const heard = createHeardRecords();
  const withStranger = async function* () {
    yield* all(1);
    journal.plant({ run: 'run-2', body: '{' });
    const stranger = await journal.last('run-2');
    if (stranger !== undefined) yield stranger;
  };
  await listed(heard.noting(withStranger()));

  expect(heard.has('run-1', 1)).toBe(false);
  expect(heard.has('run-2', 1)).toBe(false);
  expect(heard.has('run-3', 3)).toBe(true);
});

test('no more is kept than there is room for: the oldest runs go', async () => {
  const { journal, all } = await threeRuns();
  const { body } = (await journal.last('run-1')) ?? { body: '' };
  const heard = createHeardRecords(body.length * 7);
  await listed(heard.noting(all(0)));

  expect(heard.has('run-1', 1)).toBe(false);
  expect(heard.has('run-3', 3)).toBe(true);
});
