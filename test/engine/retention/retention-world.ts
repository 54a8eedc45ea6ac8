// An engine on stores in memory whose runs may leave the journal: runs are started and end at once, time passes when
// the test says so, and every store can be looked at afterwards.
import { createBoard } from '../../../src/engine/board/board.ts';
import { createCurrentRuns } from '../../../src/engine/board/index-keeper.ts';
import { createLedger } from '../../../src/engine/board/ledger.ts';
import { createRetention, type RetentionDeps } from '../../../src/engine/retention/retention.ts';
import { createRunReader } from '../../../src/engine/run-reader/run-reader.ts';
import type { LedgerFile } from '../../../src/ports/runs/ledger.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { createMemoryJournal } from '../../../src/stores/memory/journal.ts';
import { createMemoryRunArchive } from '../../../src/stores/memory/run-archive.ts';
import { memorySigning } from '../../support/archived-runs.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { createStage, register } from '../../support/engine-bench.ts';
import { indexedJournal } from '../../support/indexed.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createMemoryStores } from '../../support/memory-stores.ts';

export const day = 86_400_000;

export async function createRetentionWorld(texts: readonly string[], given: Partial<RetentionDeps> = {}) {
  const clock = createManualClock();
  const journal = createMemoryJournal(clock);
  const definitions = createMemoryDefinitionStore();
  const stores = createMemoryStores();
  const stage = createStage({ clock, journal, definitions, stores });
  const compiled = new Map(texts.map((text) => [chartOfText(text).ref.id, chartOfText(text)]));
  for (const text of texts) await register(definitions, chartOfText(text), text);
  const archive = createMemoryRunArchive(memorySigning());
  const troubles: string[] = [];
  const onTrouble = (message: string) => troubles.push(message);
  const file = memoryFile();
  const ledgerOf = (explained = true) =>
    createLedger({
      ...{ journal, file, clock, onTrouble, archive: explained ? archive : undefined },
      created: async () => 'monday',
    });
  const ledger = ledgerOf();
  const indexed = { ...indexedJournal(journal), archive };
  const { charts } = stage.engine.reader;
  const deps: RetentionDeps = {
    ...{ generations: journal.generations, archive, ledger, clock, onTrouble, index: indexed.index },
    reader: createRunReader({ journal, archive, charts, runs: createCurrentRuns(indexed) }),
    ...{ snapshots: stores.snapshots, runSecrets: stores.runSecrets },
    usual: async () => undefined,
    toldTo: async () => Number.POSITIVE_INFINITY,
    ...given,
  };

  return {
    ...{ clock, journal, stage, stores, archive, ledger, ledgerOf, troubles, deps, indexed },
    /** An engine of another process, or the same one after a crash. */
    retention: (between: Partial<RetentionDeps> = {}) => createRetention({ ...deps, ...between }),
    /** Starts a run of a definition, and waits until it has ended. */
    ended: async (run: string, definition: string, input = {}) => {
      const chart = compiled.get(definition);
      if (chart === undefined) throw new Error(definition);
      const answer = await stage.engine.startRun({ run, chart, input, actor: 'ana' });
      if (!answer.ok) throw new Error(answer.refusal.message);
      await stage.untilRun(run, ({ state }) => state.endedAt !== undefined);
    },
    /** The runs that are in the journal, in order. */
    inJournal: async () => {
      const runs: string[] = [];
      for await (const { run } of journal.lastOfEach()) runs.push(run);
      return runs.sort();
    },
    board: () => createBoard({ ...indexed, clock, onTrouble, ledger }),
  };
}

function memoryFile(): LedgerFile {
  let lines: readonly string[] = [];

  return {
    read: async () => lines,
    append: async (added) => {
      const before = String(lines.length);
      lines = [...lines, ...added];
      return { before, after: String(lines.length), bytes: 0 };
    },
    rewrite: async (written) => {
      lines = written;
    },
    version: async () => String(lines.length),
  };
}
