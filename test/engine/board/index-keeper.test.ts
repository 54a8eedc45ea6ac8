// The index follows the journal, and is made anew where it is not one of it. Method: a journal in memory, written to
// between one look and the next, and an index that stays, as a file does while no process runs.
import { afterEach, expect, test } from 'vitest';
import { createBoard } from '../../../src/engine/board/board.ts';
import {
  createCurrentRuns,
  type IndexedJournal,
  markArchived,
} from '../../../src/engine/board/index-keeper.ts';
import { runsInJournal } from '../../../src/engine/run-reader/run-index.ts';
import type { Board } from '../../../src/ports/runs/board.ts';
import type { Journal } from '../../../src/ports/runs/journal.ts';
import { createMemoryJournal, type MemoryJournal } from '../../../src/stores/memory/journal.ts';
import { createMemoryRunArchive } from '../../../src/stores/memory/run-archive.ts';
import { archivedAt, given, givenRun, memorySigning, runOf } from '../../support/archived-runs.ts';
import { indexedJournal, linesOf } from '../../support/indexed.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createRecordWriter } from '../../support/records.ts';

const boards: Board[] = [];
afterEach(async () => {
  await Promise.all(boards.splice(0).map((board) => board.close()));
});

function writing(journal: MemoryJournal) {
  const writers = new Map<string, ReturnType<typeof createRecordWriter>>();
  const last = new Map<string, number>();

  return async (...runs: readonly string[]): Promise<void> => {
    for (const run of runs) {
      const writer = writers.get(run) ?? createRecordWriter(run);
      writers.set(run, writer);
      last.set(run, await journal.append(writer.next(last.get(run) ?? 0)));
    }
  };
}

/** How often all last records were read, and from where the journal was followed. */
function counting(journal: Journal) {
  const seen = { heads: 0, after: [] as (number | undefined)[] };
  const counted: Journal = {
    ...journal,
    lastOfEach: () => {
      seen.heads += 1;
      return journal.lastOfEach();
    },
    watch: (options) => {
      seen.after.push(options.after);
      return journal.watch(options);
    },
  };

  return { seen, counted };
}

async function expectEqual(source: IndexedJournal): Promise<void> {
  const wanted = { order: 'changed', limit: 1_000 } as const;
  expect(await createCurrentRuns(source).page(wanted)).toEqual(
    await runsInJournal(source.journal).page(wanted),
  );
}

test('a second look reads what is behind the first, and no last record of any run', async () => {
  const journal = createMemoryJournal();
  const write = writing(journal);
  await write('run-a', 'run-b', 'run-a');
  const { seen, counted } = counting(journal);
  const source = indexedJournal(counted);
  const runs = createCurrentRuns(source);
  expect(await runs.page({ order: 'changed', limit: 5 })).toHaveLength(2);
  await write('run-b', 'run-c');

  expect(
    (await runs.page({ order: 'changed', limit: 5 })).map(({ run, sequence }) => [run, sequence]),
  ).toEqual([
    ['run-c', 1],
    ['run-b', 2],
    ['run-a', 2],
  ]);
  expect(seen).toEqual({ heads: 1, after: [3] });
});

test('a board takes up the index where it was left, and leaves it for the next', async () => {
  const journal = createMemoryJournal();
  const write = writing(journal);
  await write('run-a', 'run-b');
  const { seen, counted } = counting(journal);
  const source = indexedJournal(counted);
  const first = createBoard({ ...source, clock: createManualClock(), onTrouble: expect.unreachable });
  await first.ready;
  await first.close();
  await write('run-b', 'run-a', 'run-c');
  const second = createBoard({ ...source, clock: createManualClock(), onTrouble: expect.unreachable });
  boards.push(second);
  await second.ready;

  expect((await linesOf(second)).map(({ run }) => run)).toEqual(['run-c', 'run-a', 'run-b']);
  expect(second.live()).toEqual(await linesOf(second));
  expect(seen).toEqual({ heads: 1, after: [2, 2] });
  await second.close();
  expect((await source.index.cursor('journal', 'once'))?.position).toBe(5);
});

test('a journal that is shorter, or has another record at the place, is read anew', async () => {
  const journal = createMemoryJournal();
  await writing(journal)('run-a', 'run-b', 'run-b');
  const source = indexedJournal(journal);
  await expectEqual(source);
  const shorter = createMemoryJournal();
  await writing(shorter)('run-a');
  await expectEqual({ ...source, journal: shorter });
  const other = createMemoryJournal();
  await writing(other)('run-c', 'run-d', 'run-a', 'run-d');

  await expectEqual({ ...source, journal: other });
});

test('a journal that was created at another time is read anew, however alike it is', async () => {
  const journal = createMemoryJournal();
  await writing(journal)('run-a');
  const { seen, counted } = counting(journal);
  const source = indexedJournal(counted);
  await expectEqual(source);
  seen.heads = 0;
  const later = { ...source, stream: async () => ({ stream: 'journal', created: 'later' }) };
  await createCurrentRuns(later).counts();

  expect(seen.heads).toBe(1);
});

test('what strangers write to a run is told of it, whether it was there or came later', async () => {
  const journal = createMemoryJournal();
  const write = writing(journal);
  await write('run-a', 'run-b');
  journal.plant({ run: 'run-a', body: 'nonsense' });
  const source = indexedJournal(journal);
  await expectEqual(source);
  journal.plant({ run: 'run-b', body: 'nonsense' });
  journal.plant({ run: 'NOBODY', body: 'nonsense' });
  await expectEqual(source);

  await expectEqual(source);
  expect(source.index.line('run-b')?.damage).toMatchObject({ sequence: 2 });
});

test('an index that is made anew has the runs of the archive, marked, but those that are still in the journal', async () => {
  const journal = createMemoryJournal();
  await writing(journal)('run-a', 'run-b', 'run-b');
  const archive = createMemoryRunArchive(memorySigning());
  const about = { at: archivedAt, by: 'engine', generation: 1 };
  const stillThere = await runOf(journal, 'run-b');
  const gone = givenRun('run-d', { kept: 'nothing', first: 50 });
  const head = givenRun('run-e', { kept: 'head', first: 60 });
  await archive.put(about, given(stillThere, givenRun('run-c', { first: 20 }), gone, head));
  const source = { ...indexedJournal(journal), archive };

  const marks = async () =>
    (await createCurrentRuns(source).page({ order: 'changed', limit: 9 })).map(({ run, archived }) => [
      ...[run, archived],
    ]);
  const expected = [
    ['run-e', 'head'],
    ['run-c', 'whole'],
    ['run-b', undefined],
    ['run-a', undefined],
  ];
  expect(await marks()).toEqual(expected);
  await source.index.clear();
  expect(await marks()).toEqual(expected);
});

test('rows of runs that have just left the journal are marked, and taken away where nothing is kept', async () => {
  const journal = createMemoryJournal();
  await writing(journal)('run-a', 'run-b', 'run-c', 'run-d');
  const source = indexedJournal(journal);
  const runs = createCurrentRuns(source);
  await runs.counts();
  const left = { 'run-a': 'whole', 'run-b': 'head', 'run-c': 'nothing' } as const;
  const archived = Object.entries(left).map(([run, kept]) => runOf(journal, run, kept));
  await markArchived(source.index, await Promise.all(archived));

  const marks = (await runs.page({ order: 'changed', limit: 9 })).map((line) => [line.run, line.archived]);
  expect(Object.fromEntries(marks)).toEqual({ 'run-d': undefined, 'run-b': 'head', 'run-a': 'whole' });
});

test('an index that was not looked at while runs left is told by the archive, as the journal says nothing of them any more', async () => {
  const journal = createMemoryJournal();
  const write = writing(journal);
  const archive = createMemoryRunArchive(memorySigning());
  const source: IndexedJournal = {
    ...indexedJournal(journal),
    archive,
    stream: async () => ({
      ...{ stream: 'journal', created: 'once' },
      carriedTo: (await journal.generations.current()).carriedTo,
    }),
  };
  const runs = createCurrentRuns(source);
  const marks = async () =>
    Object.fromEntries(
      (await runs.page({ order: 'changed', limit: 9 })).map(({ run, sequence, archived }) => [
        run,
        [sequence, archived],
      ]),
    );
  await write('run-a', 'run-b', 'run-c');
  expect(await marks()).toEqual({
    'run-a': [1, undefined],
    'run-b': [1, undefined],
    'run-c': [1, undefined],
  });

  // All of that happens elsewhere.
  await write('run-a', 'run-b', 'run-c');
  const gone = [await runOf(journal, 'run-a'), await runOf(journal, 'run-b', 'nothing')];
  await archive.put({ at: archivedAt, by: 'engine', generation: 1 }, given(...gone));
  await journal.generations.next({ without: new Map(gone.map(({ run, position }) => [run, position])) });

  expect(await marks()).toEqual({ 'run-a': [2, 'whole'], 'run-c': [2, undefined] });

  // This time it had read all of them.
  await write('run-d', 'run-e', 'run-f');
  await marks();
  const later = [await runOf(journal, 'run-d', 'nothing'), await runOf(journal, 'run-e', 'head')];
  const stayed = await runOf(journal, 'run-f');
  await archive.put({ at: archivedAt, by: 'engine', generation: 2 }, given(...later, stayed));
  await journal.generations.next({ without: new Map(later.map(({ run, position }) => [run, position])) });

  expect(await marks()).toEqual({
    ...{ 'run-a': [2, 'whole'], 'run-c': [2, undefined] },
    ...{ 'run-e': [1, 'head'], 'run-f': [1, undefined] },
  });
});
