// Runs leave the journal by a policy, and the ledger tells them from those that it has lost. Method: a journal in
// memory from which runs are taken, an archive that knows some of them, and ledgers that share one file.

import { expect, test } from 'vitest';
import { createLedger } from '../../../src/engine/board/ledger.ts';
import type { ArchivedRun } from '../../../src/ports/runs/archive.ts';
import type { Journal, Stored } from '../../../src/ports/runs/journal.ts';
import type { LedgerFile } from '../../../src/ports/runs/ledger.ts';
import { createMemoryJournal } from '../../../src/stores/memory/journal.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createRecordWriter } from '../../support/records.ts';

const policy = 'retention of orders version 1: keep 30d, then archive';

function createMemoryFile(): LedgerFile & { readonly lines: string[]; grown: number } {
  const lines: string[] = [];

  return {
    ...{ lines, grown: 0 },
    read: async () => [...lines],
    append: async function (added) {
      const before = String(lines.length);
      lines.push(...added);
      return { before, after: String(lines.length), bytes: this.grown };
    },
    rewrite: async (written) => void lines.splice(0, lines.length, ...written),
    version: async () => String(lines.length),
  };
}

/** A journal of which runs can be hidden, as if they had been left behind or were lost. */
async function createWorld(runs: readonly string[]) {
  const clock = createManualClock();
  const file = createMemoryFile();
  const stored = createMemoryJournal(clock);
  const gone = new Set<string>();
  const archived = new Map<string, ArchivedRun>();
  const said: string[] = [];
  const journal: Journal = {
    ...stored,
    last: async (run) => (gone.has(run) ? undefined : stored.last(run)),
    lastOfEach: async function* () {
      for await (const last of stored.lastOfEach()) if (!gone.has(last.run)) yield last;
    },
  };
  const open = (isArchiveHere = true) =>
    createLedger({
      ...{ journal, file, clock },
      created: async () => 'monday',
      onTrouble: (message) => said.push(message),
      archive: isArchiveHere ? { find: async (run) => archived.get(run) } : undefined,
    });
  for (const run of runs) {
    const writer = createRecordWriter(run);
    let after = 0;
    for (let event = 0; event < 2; event += 1) after = await stored.append(writer.next(after));
  }
  const before = open();
  await before.check();
  await before.close();

  return {
    ...{ clock, file, gone, archived, said, open },
    left: async (run: string, kept: ArchivedRun['kept'] = 'whole') =>
      archivedAs((await stored.last(run)) as Stored, kept),
  };
}

function archivedAs(last: Stored, kept: ArchivedRun['kept']): ArchivedRun {
  if (last.kind !== 'record') throw new Error('no record');
  const { run, position, record } = last;
  const { sequence, hash, time: updatedAt } = record;

  return { ...{ run, position, sequence, hash, updatedAt, kept, policy }, head: record.data.head };
}

test('a run that left by a policy is not missing, and the ledger says when it left and by which', async () => {
  const world = await createWorld(['run-a', 'run-b', 'run-c']);
  const ledger = world.open(false);
  await ledger.leave([await world.left('run-a'), await world.left('run-b', 'nothing')]);
  world.gone.add('run-a').add('run-b');

  const report = await world.open(false).check();
  const at = new Date(world.clock.now()).toISOString();
  expect(report).toMatchObject({ runs: 1, damaged: [] });
  expect(report.departed).toEqual([
    { at, policy, kept: 'whole', count: 1 },
    { at, policy, kept: 'nothing', count: 1 },
  ]);
  expect(world.said).toEqual([]);
});

test('a run that vanished without such a line is missing all the same', async () => {
  const world = await createWorld(['run-a', 'run-b']);
  await world.open().leave([await world.left('run-a')]);
  world.gone.add('run-a').add('run-b');

  const { damaged } = await world.open().check();
  expect(damaged.map(({ run, damage }) => [run, damage.code])).toEqual([['run-b', 'ledger.run-missing']]);
});

test('a run that the archive has is not missing, also where the engine died before it could say so', async () => {
  const world = await createWorld(['run-a', 'run-b']);
  world.archived.set('run-a', await world.left('run-a'));
  world.gone.add('run-a');
  const ledger = world.open();

  expect(await ledger.damageOf('run-a')).toBeUndefined();
  expect(await ledger.check()).toMatchObject({ damaged: [], departed: [{ policy, count: 1 }] });
  // Said once, and another process that has no archive hears of it.
  expect(await ledger.check()).toMatchObject({ departed: [{ count: 1 }] });
  expect(await world.open(false).check()).toMatchObject({ damaged: [], departed: [{ count: 1 }] });
});

test('an archive that has less of a run than was acknowledged, or another one, explains nothing', async () => {
  const world = await createWorld(['run-a', 'run-b']);
  const [a, b] = [await world.left('run-a'), await world.left('run-b')];
  world.archived.set('run-a', { ...a, sequence: 1, position: 1 }).set('run-b', { ...b, hash: a.hash });
  world.gone.add('run-a').add('run-b');
  const ledger = world.open();
  await ledger.leave([...world.archived.values()]);

  expect((await ledger.check()).damaged).toHaveLength(2);
  expect(await ledger.damageOf('run-a')).toMatchObject({ code: 'ledger.run-missing' });
});

test('a ledger that is rewritten keeps how many left, and no names', async () => {
  const world = await createWorld(['run-a', 'run-b']);
  const ledger = world.open();
  world.file.grown = 10_000_000;
  await ledger.leave([await world.left('run-a')]);
  world.gone.add('run-a');

  expect(world.file.lines.filter((line) => line.includes('run-a'))).toEqual([]);
  expect(await world.open().check()).toMatchObject({
    runs: 1,
    damaged: [],
    departed: [{ policy, count: 1 }],
  });
});
