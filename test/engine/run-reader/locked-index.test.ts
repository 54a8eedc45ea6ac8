// The index of runs is a file that engines share. Method: an index that answers nothing, as one that is locked.
import { expect, test } from 'vitest';
import { createCharts } from '../../../src/engine/run-reader/charts.ts';
import { runsInJournal } from '../../../src/engine/run-reader/run-index.ts';
import { createRunReader } from '../../../src/engine/run-reader/run-reader.ts';
import { RunIndexBroken } from '../../../src/ports/runs/run-index.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { createMemoryJournal } from '../../../src/stores/memory/journal.ts';
import { createRecordWriter } from '../../support/records.ts';

async function openWorld(error: Error) {
  const journal = createMemoryJournal();
  await journal.append(createRecordWriter('run-1').next(0));
  const runs = { ...runsInJournal(journal), unfinishedRuns: () => Promise.reject(error) };

  return createRunReader({ journal, charts: createCharts(createMemoryDefinitionStore()), runs });
}

test('which runs have not ended is read from the journal while the index is locked', async () => {
  const { runs } = await openWorld(new RunIndexBroken('database is locked'));

  expect((await runs.unfinishedRuns()).map(({ run }) => run)).toEqual(['run-1']);
});

test('what else goes wrong is told', async () => {
  const gone = new Error('the journal cannot be read');
  const { runs } = await openWorld(gone);

  await expect(runs.unfinishedRuns()).rejects.toBe(gone);
});
