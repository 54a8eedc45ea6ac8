// What lets runs leave a journal in memory, with an archive of its own.
import { createRetention, type RetentionDeps } from '../../src/engine/retention/retention.ts';
import { createCharts } from '../../src/engine/run-reader/charts.ts';
import { createRunReader } from '../../src/engine/run-reader/run-reader.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { DefinitionStore } from '../../src/ports/definitions/definition-store.ts';
import type { RunRetention } from '../../src/ports/retention.ts';
import type { MemoryJournal } from '../../src/stores/memory/journal.ts';
import { createMemoryRunArchive } from '../../src/stores/memory/run-archive.ts';
import { memorySigning } from './archived-runs.ts';

export function memoryRetention({
  journal,
  definitions,
  clock,
  stores,
}: {
  readonly journal: MemoryJournal;
  readonly definitions: DefinitionStore;
  readonly clock: Clock;
  readonly stores: Pick<RetentionDeps, 'snapshots' | 'runSecrets'>;
}): RunRetention {
  return createRetention({
    ...{ clock, generations: journal.generations },
    reader: createRunReader({ journal, charts: createCharts(definitions) }),
    archive: createMemoryRunArchive(memorySigning()),
    ledger: { head: async () => undefined, leave: async () => undefined },
    ...{ snapshots: stores.snapshots, runSecrets: stores.runSecrets },
    index: { put: async () => undefined, replace: async () => undefined },
    usual: async () => undefined,
    toldTo: async () => Number.POSITIVE_INFINITY,
    onTrouble: () => undefined,
  });
}
