// The lines a log shows for a record. Method: the records of real runs, as they would stand in the journal.
import { expect, test } from 'vitest';
import type { JournalRecord } from '../../../events/record.ts';
import { type TransitionLine, transitionLines } from '../../../src/projections/task/log-lines.ts';
import { chartOf } from '../../support/chart-of.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';

const chart = chartOf(`
  - { id: scan, uses: files.scan, retry_policy: { max_attempts: 2 } }
  - { id: gate, type: NOOP, depends_on: scan, when: 'true' }
`);

test('a run begins before its tasks do', () => {
  expect(linesOf(startedRun(chart))).toEqual(['run RUNNING', 'scan SCHEDULED']);
});

test('a completed task has its note, and waiting for a condition is not worth a line', () => {
  expect(linesOf(startedRun(chart).completes('scan', { total_files: 7 })).slice(2)).toEqual([
    'scan COMPLETED 7 files',
    'gate COMPLETED its condition holds',
    'run COMPLETED',
  ]);
});

test('a failed attempt has its number and the code', () => {
  expect(linesOf(startedRun(chart).fails('scan', 'file.busy')).at(-1)).toMatch(
    /^scan RETRYING attempt 1: file\.busy: /,
  );
});

function linesOf({ bodies }: Driven): readonly string[] {
  return bodies.flatMap((body) => transitionLines(JSON.parse(body) as JournalRecord).map(lineText));
}

function lineText({ task, status, note }: TransitionLine): string {
  return `${task ?? 'run'} ${status} ${note}`.trim();
}
