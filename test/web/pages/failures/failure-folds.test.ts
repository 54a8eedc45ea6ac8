// What the failures page folds away. Method: groups as the server tells them, and a moment.
import { expect, test } from 'vitest';
import type { FailureGroup } from '../../../../src/api/insights.ts';
import { foldCounts, isShown, localField } from '../../../../src/web/pages/failures/failure-folds.ts';

const said = { by: 'ana', at: '2026-11-22T10:00:00.000Z' };
const noon = '2026-11-23T12:00:00.000Z';
const before = Date.parse(noon) - 1;
const closed = { acknowledged: false, muted: false, group: '' };

function group(key: string, more: Partial<FailureGroup> = {}): FailureGroup {
  return {
    ...{
      key,
      definition: 'orders',
      versions: [1],
      code: 'x.y',
      message: '',
      count: 1,
      workers: [],
      runs: [],
    },
    ...{ firstAt: said.at, lastAt: said.at, where: 'run=a' },
    ...more,
  };
}
const muted = { ...said, until: noon, definition: 'orders', version: 1 };
const groups = [
  group('open', { assigned: { ...said, to: 'ben' } }),
  group('known', { acknowledged: said }),
  group('muted', { muted }),
  group('both', { acknowledged: said, muted }),
];
const shownOf = (folds: Parameters<typeof isShown>[1], nowMs: number) =>
  groups.filter((each) => isShown(each, folds, nowMs)).map(({ key }) => key);

test('what is acknowledged or muted is folded away and counted, until it is unfolded', () => {
  expect(shownOf(closed, before)).toEqual(['open']);
  expect(foldCounts(groups, before)).toEqual({ acknowledged: 1, muted: 2 });
  expect(shownOf({ ...closed, acknowledged: true }, before)).toEqual(['open', 'known']);
  expect(shownOf({ ...closed, muted: true }, before)).toEqual(['open', 'muted', 'both']);
  expect(shownOf({ ...closed, group: 'both' }, before)).toEqual(['open', 'both']);
});

test('what was muted comes back by itself when the time is over', () => {
  expect(shownOf(closed, before + 1)).toEqual(['open', 'muted']);
  expect(foldCounts(groups, before + 1)).toEqual({ acknowledged: 2, muted: 0 });
});

test('a moment stands in a field of local time as that time, whatever the zone', () => {
  expect(new Date(localField(Date.parse('2026-11-23T12:34:56.000Z'))).toISOString()).toBe(
    '2026-11-23T12:34:00.000Z',
  );
});
