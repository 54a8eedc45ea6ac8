// Ends an engine before and after each of its requests, as `npm run simulate:crash-points` does for every definition.
import { expect, test } from 'vitest';
import { difference } from './crash-points/end.ts';
import {
  crashAt,
  crashedTemplates,
  doubleCrash,
  type PieceReport,
  piecesOf,
  withoutCrash,
} from './crash-points/points.ts';

const names = crashedTemplates.map(({ name }) => name);

test.each(names)('%s comes to its end when nothing goes wrong', async (template) => {
  for (const engines of [1, 2]) {
    const { violations, end, points } = await withoutCrash({ template, seed: 1, engines });
    expect(violations).toEqual([]);
    expect(end.length).toBeGreaterThan(0);
    expect(points.filter(({ when }) => when === 'before').length).toBeGreaterThan(10);
    expect(points.filter(({ when }) => when === 'after').length).toBeGreaterThan(10);
  }
});

test.each(['document-approval (approved)', 'undone'])(
  '%s comes to the same end wherever its engine crashes',
  async (template) => {
    const reports: PieceReport[] = [];
    for (const piece of await piecesOf({ template, seed: 1, engines: 1 })) reports.push(await crashAt(piece));

    expect(reports.filter(({ violations }) => violations.length > 0)).toEqual([]);
    expect(reports.every(({ struck }) => struck === 1)).toBe(true);
  },
);

test('every run comes to the same end when engines crash twice', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const piece = await doubleCrash(seed);
    expect((await crashAt(piece)).violations, JSON.stringify(piece)).toEqual([]);
  }
});

test('a crash that never comes is told', async () => {
  const crashPoints = [{ index: 1_000_000, when: 'before' }] as const;
  const { violations, struck } = await crashAt({ template: 'sequence', seed: 1, engines: 1, crashPoints });

  expect(struck).toBe(0);
  expect(violations).toEqual(['the request that the crash belongs to was not made']);
});

test('another end is told, and a run that is missing', async () => {
  const { end } = await withoutCrash({ template: 'sequence', seed: 1, engines: 1 });

  expect(difference(end, end)).toBeUndefined();
  expect(
    difference(
      end,
      end.map((text) => text.replace('COMPLETED', 'FAILED')),
    ),
  ).toContain('FAILED');
  expect(difference(end, [])).toContain('no such run');
});

test('the end of another process, at another time, is the same end', async () => {
  const one = await withoutCrash({ template: 'values', seed: 1, engines: 1 });
  const other = await withoutCrash({ template: 'values', seed: 2, engines: 3 });

  expect(difference(one.end, other.end)).toBeUndefined();
});
