import { expect, test } from 'vitest';
import type { PublishReport } from '../../../src/api/definitions.ts';
import { comparedText, underWayText, verdictText } from '../../../src/web/editor/publish-words.ts';

type Compared = PublishReport['reports'][number];

const same: Compared = { run: 'run-1', status: 'COMPLETED', outcome: 'same', text: ['9 events'] };
const different: Compared = {
  ...same,
  run: 'run-2',
  outcome: 'different',
  at: 7,
  text: ['it would skip "pay"'],
};
const untold: Compared = { ...same, run: 'run-3', outcome: 'untold', text: ['it is quarantined'] };
const report: Omit<PublishReport, 'reports'> = {
  outcome: 'dry-run',
  definition: { id: 'orders', version: 4, hash: 'sha256:1' },
  against: { id: 'orders', version: 3 },
  running: 1,
};

test('says how many of the latest runs would have gone which way', () => {
  expect(comparedText({ ...report, reports: [same, same, different, untold] })).toBe(
    'Of the latest 4 runs of version 3, 2 would have gone the same way, 1 another way, of 1 it cannot be told.',
  );
});

test('says that there is no run to compare with', () => {
  expect(comparedText({ ...report, reports: [] })).toBe(
    'There is no run of orders to compare version 4 with.',
  );
});

test('says what becomes of runs that are under way', () => {
  expect([0, 1, 3].map(underWayText)).toEqual([
    'No run of an earlier version is under way.',
    '1 run of earlier versions goes on by its own.',
    '3 runs of earlier versions go on by their own.',
  ]);
});

test('says from which event a run would have gone another way', () => {
  expect([same, different, untold].map(verdictText)).toEqual([
    'same',
    'differs at event 7',
    'cannot be told',
  ]);
});
