import { expect, test } from 'vitest';
import type { PublishReport } from '../../../src/api/definitions.ts';
import {
  changesText,
  comparedText,
  underWayText,
  verdictText,
} from '../../../src/web/editor/publish-words.ts';

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
  runningBy: [{ version: 3, runs: 1 }],
  changes: [],
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
  const both = [
    { version: 3, runs: 2 },
    { version: 1, runs: 1 },
  ];
  expect(underWayText({ running: 0, runningBy: [] })).toBe('No run of an earlier version is under way.');
  expect(underWayText(report)).toBe('1 run of earlier versions goes on by its own: 1 of v3.');
  expect(underWayText({ running: 3, runningBy: both })).toBe(
    '3 runs of earlier versions go on by their own: 2 of v3, 1 of v1.',
  );
});

test('says how much changes for others, and how much of it may break a use', () => {
  const change = { kind: 'added', place: 'input', name: 'who', note: '', breaks: false } as const;
  expect(changesText([change])).toBe(
    '1 change of inputs, outputs, triggers and tasks, none of which breaks a use of it.',
  );
  expect(changesText([change, { ...change, breaks: true }])).toBe(
    '2 changes of inputs, outputs, triggers and tasks, 1 of which may break a use.',
  );
});

test('says from which event a run would have gone another way', () => {
  expect([same, different, untold].map(verdictText)).toEqual([
    'same',
    'differs at event 7',
    'cannot be told',
  ]);
});
