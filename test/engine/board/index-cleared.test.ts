// An index that one process clears while another puts into it. Method: a journal in memory, and an index that is
// cleared at the worst moment by the process that has no cursor yet, which is then killed.
import { expect, test } from 'vitest';
import { openIndexedJournal } from '../../../src/compose/session/open-index.ts';
import { createBoard } from '../../../src/engine/board/board.ts';
import { createCurrentRuns, type IndexedJournal } from '../../../src/engine/board/index-keeper.ts';
import type { RunIndex } from '../../../src/ports/runs/run-index.ts';
import { createMemoryJournal } from '../../../src/stores/memory/journal.ts';
import { indexedJournal, linesOf } from '../../support/indexed.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createRecordWriter } from '../../support/records.ts';

async function journalOf(...runs: readonly string[]) {
  const journal = createMemoryJournal();
  for (const run of runs) await journal.append(createRecordWriter(run).next(0));

  return journal;
}

/** Another process clears the index before something is put into it with a cursor, so many times. */
function clearedBeforePut(source: IndexedJournal, times: number) {
  const seen = { clears: 0 };
  const { index } = source;
  const cleared: RunIndex = {
    ...index,
    clear: () => {
      seen.clears += 1;
      return index.clear();
    },
    put: async (lines, read) => {
      if (read !== undefined && times-- > 0) await index.clear();
      await index.put(lines, read);
    },
  };

  return { source: { ...source, index: cleared }, seen };
}

const wanted = { order: 'changed', limit: 10 } as const;

test('what was put before another process cleared the index is put again, and not cleared in turn', async () => {
  const journal = await journalOf('run-a', 'run-b');
  const { source, seen } = clearedBeforePut(indexedJournal(journal), 3);

  expect(await createCurrentRuns(source).page(wanted)).toHaveLength(2);
  expect(seen.clears).toBe(1);
});

test('a look into an index that is cleared meanwhile misses no run', async () => {
  const journal = await journalOf('run-a', 'run-b');
  const kept = indexedJournal(journal);
  await createCurrentRuns(kept).page(wanted);
  await journal.append(createRecordWriter('run-c').next(0));

  expect(await createCurrentRuns(clearedBeforePut(kept, 1).source).page(wanted)).toHaveLength(3);
});

test('a board that follows stands again when its index was cleared, and has every run in it at the end', async () => {
  const journal = await journalOf('run-a', 'run-b');
  const source = indexedJournal(journal);
  const clock = createManualClock();
  const board = createBoard({ ...source, clock, onTrouble: expect.unreachable });
  await board.ready;
  await source.index.clear();
  const landed = new Promise<void>((resolve) => board.onLanded(() => resolve()));
  await journal.append(createRecordWriter('run-c').next(0));
  await landed;

  await linesOf(board);
  await expect.poll(() => source.index.page(wanted)).toHaveLength(3);
  expect(board.live()).toHaveLength(3);
  await board.close();
});

test('a board and a look of the same process do not clear the index for each other', async () => {
  const { source, seen } = clearedBeforePut(indexedJournal(await journalOf('run-a', 'run-b')), 0);
  const board = createBoard({ ...source, clock: createManualClock(), onTrouble: expect.unreachable });
  await Promise.all([board.ready, createCurrentRuns(source).page(wanted)]);

  expect(seen.clears).toBe(1);
  await board.close();
});

test('a board that stands needs not ask for its stream to put what lands', async () => {
  const journal = await journalOf('run-a');
  const source = indexedJournal(journal);
  const answers = [source.stream()];
  const stream = () => answers.pop() ?? Promise.reject(new Error('no answer within 30 s'));
  const board = createBoard({ ...source, stream, clock: createManualClock(), onTrouble: expect.unreachable });
  await board.ready;
  const landed = new Promise<void>((resolve) => board.onLanded(() => resolve()));
  await journal.append(createRecordWriter('run-b').next(0));
  await landed;

  expect(await linesOf(board)).toHaveLength(2);
  await board.close();
});

test('a journal that is not found for a moment is not taken for another one', async () => {
  const { stream } = openIndexedJournal(
    '/nowhere',
    {
      journal: createMemoryJournal(),
      generations: createMemoryJournal().generations,
      journalStream: 'JOURNAL',
      journalCreated: async () => undefined,
      url: 'nats://nowhere',
    },
    expect.unreachable,
  );

  await expect(stream()).rejects.toMatchObject({ name: 'RunIndexBroken' });
});
