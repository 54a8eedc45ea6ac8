// Which approvals wait, over many runs. Method: the reader of the engine over the journal in memory, with what is
// folded counted.
import { expect, test } from 'vitest';
import { createApprovals } from '../../../src/engine/queries/approvals.ts';
import { createCharts } from '../../../src/engine/run-reader/charts.ts';
import { createRunReader } from '../../../src/engine/run-reader/run-reader.ts';
import { approval, createWorld, settled, start } from '../node-world.ts';

test('a run is read again only when it has changed, and readers at the same time share one reading', async () => {
  const world = createWorld();
  const { workflows } = await world.join('one');
  const runs = [await start(workflows), await start(workflows), await start(workflows)];
  await settled();
  const folded: string[] = [];
  const reader = createRunReader({ ...world, charts: createCharts(world.definitions) });
  const approvals = createApprovals({
    reader: {
      index: reader.index,
      fold: (run) => {
        folded.push(run);
        return reader.fold(run);
      },
    },
  });
  const asked = async () => (await approvals()).map(({ run }) => run).sort();

  expect(await Promise.all([asked(), asked()])).toEqual([runs, runs]);
  expect(folded.toSorted()).toEqual(runs);
  const [first = '', ...others] = runs;
  await workflows.command(first, approval, 'ana');
  expect(await asked()).toEqual(others);
  expect(folded).toHaveLength(3);
  const another = await start(workflows);
  await settled();
  expect(await asked()).toEqual([...others, another].sort());
  expect(folded).toHaveLength(4);
});
