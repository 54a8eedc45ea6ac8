// The simulator itself: what it shows can be shown again, and it notices when it shows nothing.
import { expect, test } from 'vitest';
import { found } from './found.ts';
import { runSeed } from './seed.ts';
import { templates } from './templates/all.ts';
import { createTotals } from './totals.ts';
import { allFaults } from './world/faults.ts';

test('the same seed is the same life, line by line, and another seed is another', async () => {
  const lived = async (seed: number): Promise<readonly string[]> => {
    const lines: string[] = [];
    await runSeed({ seed, trace: (line) => lines.push(line) });
    return lines;
  };
  const first = await lived(12);

  expect(first.length).toBeGreaterThan(10);
  expect(await lived(12)).toEqual(first);
  expect(await lived(13)).not.toEqual(first);
});

test.each(templates.map((template) => [template.name, template] as const))(
  '%s comes to its end where nothing goes wrong',
  async (_, template) => {
    for (const engines of [1, 2]) {
      const { violations, runs } = await runSeed({ seed: 5, templates: [template], faults: [], engines });
      expect(violations).toEqual([]);
      expect(runs).toBeGreaterThan(0);
    }
  },
);

test.each(found.map(({ seed, what }) => [what, seed] as const))('found, and mended: %s', async (_, seed) => {
  expect((await runSeed({ seed })).violations).toEqual([]);
});

test('many seeds in which a fault never strikes, or a definition is never run, show nothing', async () => {
  const totals = createTotals();
  const report = { violations: [], counts: [], templates: [], events: 1, runs: 1, virtualMs: 1 };
  for (let seed = 1; seed <= 1_000; seed += 1) totals.add({ seed, ...report });

  expect(totals.missing()).toHaveLength(allFaults.length + templates.length);
});
