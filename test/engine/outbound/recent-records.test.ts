// What is kept of runs in memory is what the journal holds of them, or nothing. Method: messages passed by hand.
import { expect, test } from 'vitest';
import { createRecentRecords } from '../../../src/engine/outbound/outbound-of.ts';
import type { Stored } from '../../../src/ports/runs/journal.ts';
import { createMemoryJournal } from '../../../src/stores/memory/journal.ts';
import { createPausing } from './outbound-world.ts';

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
  const recent = createRecentRecords();

  expect(await listed(recent.noting(all(0)))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(recent.has('run-2', 3)).toBe(true);
  expect(recent.has('run-2', 4)).toBe(false);
  expect(await listed(recent.read('run-2'))).toEqual(await listed(journal.read('run-2')));
  expect(await listed(recent.read('run-2', { after: 2 }))).toEqual([5, 8]);
  recent.forget('run-2');
  expect(recent.has('run-2', 1)).toBe(false);
});

test('a run whose beginning was not seen, or that something strange stands in, is not there', async () => {
  const { journal, all } = await threeRuns();
  const recent = createRecentRecords();
  await listed(recent.noting(all(1)));
  journal.plant({ run: 'run-2', body: '{' });
  const strange = await journal.last('run-2');
  if (strange !== undefined)
    await listed(
      recent.noting(
        (async function* () {
          yield strange;
        })(),
      ),
    );

  expect(recent.has('run-1', 1)).toBe(false);
  expect(recent.has('run-2', 1)).toBe(false);
  expect(recent.has('run-3', 3)).toBe(true);
});

test('no more is kept than there is room for: the oldest runs go', async () => {
  const { journal, all } = await threeRuns();
  const { body } = (await journal.last('run-1')) ?? { body: '' };
  const recent = createRecentRecords(body.length * 7);
  await listed(recent.noting(all(0)));

  expect(recent.has('run-1', 1)).toBe(false);
  expect(recent.has('run-3', 3)).toBe(true);
});
