// Which approvals wait, over many runs. Method: the reader of the engine over the journal in memory, with what is
// folded counted, and the lines of the index as they are, or without what early releases did not record.

import { expect, test } from 'vitest';
import { createApprovals } from '../../../src/engine/queries/approvals.ts';
import { createCharts } from '../../../src/engine/run-reader/charts.ts';
import { createRunReader } from '../../../src/engine/run-reader/run-reader.ts';
import type { RunSummary } from '../../../src/ports/runs/run-index.ts';
import { approval, createWorld, settled, start } from '../node-world.ts';

async function open() {
  const world = createWorld();
  const { workflows } = await world.join('one');
  const begin = async () => {
    const run = await start(workflows);
    await settled();
    return run;
  };
  const runs = [await begin(), await begin(), await begin()];
  const folded: string[] = [];
  const reader = createRunReader({ ...world, charts: createCharts(world.definitions) });
  const approvals = createApprovals({
    reader: {
      charts: reader.charts,
      fold: (run) => {
        folded.push(run);
        return reader.fold(run);
      },
    },
  });
  // As a board gives it: the line of a run stays the same object until the run changes.
  const lines = new Map<string, RunSummary>();
  const asked = async (of: (line: RunSummary) => RunSummary = (line) => line) => {
    const index = (await reader.runs.unfinishedRuns()).map((line) => {
      const key = `${line.run} ${line.position}`;
      lines.set(key, lines.get(key) ?? of(line));
      return lines.get(key) ?? line;
    });
    return (await approvals.waitingApprovals(index)).map(({ run }) => run).sort();
  };

  return { workflows, runs, begin, folded, approvals, asked };
}

/** A line as an early release recorded it. */
function early(line: RunSummary): RunSummary {
  const { asks: _, ...head } = line.head;

  return { ...line, head };
}

test('what waits is told from the heads of the runs: none of them is read', async () => {
  const { workflows, runs, begin, folded, approvals, asked } = await open();
  expect(await asked()).toEqual(runs);
  const [first = '', ...others] = runs;
  await workflows.command(first, approval, 'ana');
  expect(await asked()).toEqual(others);
  expect(await asked()).toEqual(others);
  const another = await begin();
  expect(await asked()).toEqual([...others, another].sort());
  expect(folded).toEqual([]);
  expect(await approvals.approvals({ run: another })).toMatchObject([{ run: another, address: 'ask' }]);
  expect(folded).toEqual([another]);
});

test('a run whose head does not tell is read once, and again only when it has changed', async () => {
  const { workflows, runs, begin, folded, asked } = await open();
  expect(await Promise.all([asked(early), asked(early)])).toEqual([runs, runs]);
  expect(folded.toSorted()).toEqual(runs);
  const [first = '', ...others] = runs;
  await workflows.command(first, approval, 'ana');
  expect(await asked(early)).toEqual(others);
  expect(folded).toHaveLength(3);
  const another = await begin();
  expect(await asked(early)).toEqual([...others, another].sort());
  expect(folded).toHaveLength(4);
});
