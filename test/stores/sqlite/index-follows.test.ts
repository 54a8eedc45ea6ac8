// The index in a file equals the journal, whatever happens on the way. Method: processes that come and go look at a
// journal that is written to meanwhile; some die while they write to the index, some find the file gone. At the end the
// index has to tell what the last records of all runs tell, and so has one that is made anew.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createCurrentRuns } from '../../../src/engine/board/index-keeper.ts';
import { runsInJournal } from '../../../src/engine/run-reader/run-index.ts';
import type { RunIndex } from '../../../src/ports/runs/run-index.ts';
import { createMemoryJournal } from '../../../src/stores/memory/journal.ts';
import { openRunIndex } from '../../../src/stores/sqlite/open-run-index.ts';
import { createRecordWriter } from '../../support/records.ts';

const folder = mkdtempSync(join(tmpdir(), 'workflow-index-'));
afterAll(() => rmSync(folder, { recursive: true }));

const acts = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), run: fc.nat(4) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('plant' as const), run: fc.nat(5) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('look' as const), run: fc.nat(1) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('die' as const), run: fc.nat(1) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), run: fc.constant(0) }) },
  ),
  { minLength: 1, maxLength: 40 },
);
const all = { order: 'changed', limit: 1_000 } as const;
const stream = async () => ({ stream: 'journal', created: 'once' });
class Died extends Error {
  override readonly name = 'Died';
}

/** Puts the first row of what it was to put, and dies. */
function dyingIn(index: RunIndex): RunIndex {
  return {
    ...index,
    put: async (lines) => {
      await index.put(lines.slice(0, 1));
      throw new Died();
    },
  };
}

function openProject() {
  const path = join(mkdtempSync(join(folder, 'project-')), 'runs.db');
  const journal = createMemoryJournal();
  const writers = new Map<number, ReturnType<typeof createRecordWriter>>();
  /** Of two processes: opened when they are asked first, and anew when the file is gone. */
  const open = new Map<number, RunIndex>();
  const indexOf = async (process: number): Promise<RunIndex> => {
    const index = open.get(process) ?? (await openRunIndex(path, expect.unreachable));
    open.set(process, index);
    return index;
  };
  const runs = async (process: number) =>
    createCurrentRuns({ journal, index: await indexOf(process), stream });

  return {
    journal,
    runs,
    write: async (run: number): Promise<void> => {
      const writer = writers.get(run) ?? createRecordWriter(`run-${run}`);
      writers.set(run, writer);
      const last = await journal.last(`run-${run}`);
      await journal.append(writer.next(last?.position ?? 0));
    },
    plant: async (run: number): Promise<void> => void journal.plant({ run: `run-${run}`, body: 'nonsense' }),
    look: async (process: number): Promise<void> => void (await (await runs(process)).counts()),
    die: async (process: number): Promise<void> => {
      const dying = createCurrentRuns({ journal, index: dyingIn(await indexOf(process)), stream });
      await dying.counts().catch((error: unknown) => expect(error).toMatchObject({ name: 'Died' }));
    },
    lose: async (): Promise<void> => {
      for (const index of open.values()) index.close();
      open.clear();
      for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
    },
  };
}

test('after everything the index tells what the journal tells, and so does one that is made anew', async () => {
  await fc.assert(
    fc.asyncProperty(acts, async (course) => {
      const project = openProject();
      for (const { do: act, run } of course) await project[act](run);
      const told = await runsInJournal(project.journal).page(all);

      expect(await (await project.runs(0)).page(all)).toEqual(told);
      await project.lose();
      expect(await (await project.runs(0)).page(all)).toEqual(told);
      await project.lose();
    }),
    { numRuns: 40 },
  );
});
