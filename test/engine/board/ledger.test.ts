// The ledger remembers what a journal acknowledged and says what it does not hold any more. Method: a journal in memory
// whose runs are taken away, a file in memory that several ledgers share, and a clock that is moved by hand.

import { expect, onTestFinished, test } from 'vitest';
import { createBoard } from '../../../src/engine/board/board.ts';
import { createLedger } from '../../../src/engine/board/ledger.ts';
import type { Journal } from '../../../src/ports/runs/journal.ts';
import type { LedgerFile } from '../../../src/ports/runs/ledger.ts';
import { createMemoryJournal } from '../../../src/stores/memory/journal.ts';
import { indexedJournal } from '../../support/indexed.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createRecordWriter } from '../../support/records.ts';

function createMemoryFile(): LedgerFile & { readonly lines: string[]; failing: boolean } {
  const lines: string[] = [];
  const version = () => String(lines.length);

  return {
    lines,
    failing: false,
    read: async () => [...lines],
    append: async function (added) {
      if (this.failing) throw new Error('no space left on device');
      const before = version();
      lines.push(...added);

      return { before, after: version(), bytes: lines.length };
    },
    rewrite: async (written) => void lines.splice(0, lines.length, ...written),
    version: async () => version(),
  };
}

/** A journal that can lose things, and ledgers over it. */
function createWorld() {
  const clock = createManualClock();
  const file = createMemoryFile();
  const said: string[] = [];
  let stored = createMemoryJournal();
  let created = 'monday';
  const journal: Journal = {
    append: (append) => stored.append(append),
    read: (run, options) => stored.read(run, options),
    last: (run) => stored.last(run),
    end: () => stored.end(),
    lastOfEach: () => stored.lastOfEach(),
    watch: (options) => stored.watch(options),
  };
  const open = () => {
    const ledger = createLedger({
      ...{ journal, file, clock },
      created: async () => created,
      onTrouble: (message) => said.push(message),
    });
    const followed = ledger.following(journal);

    return {
      ledger,
      /** Each run gets so many events. */
      write: async (counts: Readonly<Record<string, number>>) => {
        for (const [run, count] of Object.entries(counts)) {
          const writer = createRecordWriter(run);
          let after = 0;
          for (let event = 0; event < count; event += 1) after = await followed.append(writer.next(after));
        }
      },
    };
  };

  return {
    ...{ clock, file, said, open, journal },
    /** What is left of the journal: these runs with so many events. */
    becomes: async (counts: Readonly<Record<string, number>>, actor = 'test') => {
      stored = createMemoryJournal();
      for (const [run, count] of Object.entries(counts)) {
        const writer = createRecordWriter(run, actor);
        let after = 0;
        for (let event = 0; event < count; event += 1) after = await stored.append(writer.next(after));
      }
    },
    replacedAt: (at: string) => {
      created = at;
    },
  };
}

test('an append is acknowledged without the ledger, and is written once for all that came meanwhile', async () => {
  const { clock, file, open } = createWorld();
  const { write } = open();

  await write({ 'run-a': 3, 'run-b': 1 });
  expect(file.lines).toEqual([]);
  clock.advance(250);
  await expect.poll(() => file.lines).toHaveLength(2);
});

test('a ledger that cannot be written holds up no append; it is said once, and written later', async () => {
  const { clock, file, open, said } = createWorld();
  const { write, ledger } = open();
  file.failing = true;

  await write({ 'run-a': 1 });
  for (const _try of [1, 2, 3]) {
    clock.advance(250);
    await expect.poll(() => said).toHaveLength(1);
  }
  file.failing = false;
  await ledger.close();
  expect(file.lines).toHaveLength(2);
});

test('a run that is missing as a whole, one that is shorter and one that is another are named', async () => {
  const world = createWorld();
  const before = world.open();
  await before.write({ 'run-a': 2, 'run-b': 2, 'run-c': 2, 'run-d': 1 });
  await before.ledger.close();
  await world.becomes({ 'run-a': 2, 'run-b': 1 });

  const report = await world.open().ledger.check();
  expect(report.damaged.map(({ run, damage }) => [run, damage.code, damage.sequence])).toEqual([
    ['run-b', 'ledger.rewritten', 2],
    ['run-c', 'ledger.run-missing', 1],
    ['run-d', 'ledger.run-missing', 1],
  ]);
  expect(report).toMatchObject({ runs: 4, last: 7, endsAt: 3 });
  expect(world.said.join('\n')).toMatch(/run-missing.*\n.*rewritten.*\n.*shortened/);
});

test('a position that was given twice is named, also where the run went on', async () => {
  const world = createWorld();
  const before = world.open();
  await before.write({ 'run-a': 1, 'run-b': 1 });
  await before.ledger.close();
  await world.becomes({ 'run-b': 1, 'run-a': 3 }, 'somebody else');

  const { damaged } = await world.open().ledger.check();
  expect(damaged.map(({ run, damage }) => [run, damage.code])).toEqual([
    ['run-b', 'ledger.rewritten'],
    ['run-a', 'ledger.rewritten'],
  ]);
});

test('a run that is missing does not begin again', async () => {
  const world = createWorld();
  const before = world.open();
  await before.write({ 'run-a': 1 });
  await before.ledger.close();
  await world.becomes({});
  const { ledger, write } = world.open();
  await ledger.check();

  await expect(write({ 'run-a': 1 })).rejects.toMatchObject({ code: 'run.quarantined' });
  await write({ 'run-b': 1 });
});

test('what is accepted is said no more, with who said so, and other processes hear of it', async () => {
  const world = createWorld();
  const before = world.open();
  await before.write({ 'run-a': 1, 'run-b': 1 });
  await before.ledger.close();
  await world.becomes({ 'run-a': 1 });
  const serving = world.open();
  await serving.ledger.check();
  expect(serving.ledger.report()?.damaged).toHaveLength(1);

  const report = await world.open().ledger.accept('ana');
  expect(report).toMatchObject({ damaged: [], accepted: [{ by: 'ana', runs: 1 }] });
  world.clock.advance(2_000);
  await expect.poll(() => serving.ledger.report()?.damaged).toEqual([]);
  await serving.write({ 'run-b': 1 });
});

test('a journal in the place of another one is told once, not run by run, until that is accepted', async () => {
  const world = createWorld();
  const before = world.open();
  await before.write({ 'run-a': 1, 'run-b': 1 });
  await before.ledger.close();
  await world.becomes({});
  world.replacedAt('tuesday');

  const { ledger, write } = world.open();
  await write({ 'run-c': 1 });
  expect(await ledger.check()).toMatchObject({ damaged: [], replaced: [{ journal: 'monday', runs: 2 }] });
  await ledger.check();
  expect(world.said).toHaveLength(1);
  expect(await ledger.accept('ana')).toMatchObject({ replaced: [], runs: 1 });
});

test('a journal that comes back is known as it was', async () => {
  const world = createWorld();
  const before = world.open();
  await before.write({ 'run-a': 1, 'run-b': 1 });
  await before.ledger.close();
  world.replacedAt('tuesday');
  await world.open().ledger.check();
  world.replacedAt('monday');

  expect(await world.open().ledger.check()).toMatchObject({ runs: 2, damaged: [] });
});

test('what other processes append while it compares is no loss', async () => {
  const world = createWorld();
  const [one, other] = [world.open(), world.open()];
  await one.write({ 'run-a': 1 });
  const comparison = await one.ledger.begin();
  const end = await world.journal.end();
  await other.write({ 'run-b': 2 });
  await other.ledger.close();
  for await (const last of world.journal.lastOfEach()) if (last.run === 'run-a') comparison.saw(last);

  expect(await comparison.finish(end)).toMatchObject({ damaged: [] });
  expect(await one.ledger.check()).toMatchObject({ damaged: [], runs: 2 });
});

test('a ledger that is lost is made anew from the heads, and says since when it counts', async () => {
  const world = createWorld();
  const before = world.open();
  await before.write({ 'run-a': 2 });
  await before.ledger.close();
  world.file.lines.length = 0;

  const { ledger } = world.open();
  expect(await ledger.check()).toMatchObject({ since: undefined, runs: 0, damaged: [] });
  await ledger.close();
  expect(await world.open().ledger.check()).toMatchObject({ since: expect.stringContaining('T'), runs: 1 });
});

test('the board marks a run that lost events, and reads all anew where the journal comes back shorter', async () => {
  const world = createWorld();
  const { ledger, write } = world.open();
  await write({ 'run-a': 2, 'run-b': 2 });
  const { clock, journal } = world;
  const board = createBoard({ ...indexedJournal(journal), clock, onTrouble: () => undefined, ledger });
  onTestFinished(() => board.close());
  await board.ready;
  expect(board.live()).toHaveLength(2);
  await world.becomes({ 'run-a': 1 });

  clock.advance(5_000);
  await expect
    .poll(() => board.live().map(({ run, damage }) => [run, damage?.code]))
    .toEqual([['run-a', 'ledger.rewritten']]);
});
