// The status a person reads: waiting for an approval is not running. Method: real runs, looked at by their view and by
// the line in the index, which have to agree.

import { expect, test } from 'vitest';
import type { JournalRecord } from '../../../events/record.ts';
import { shownStatusOfLine } from '../../../machines/run/record/run-filter.ts';
import type { RunSummary } from '../../../src/ports/runs/run-index.ts';
import { shownStatus } from '../../../src/projections/run/shown-status.ts';
import { chartOf } from '../../support/chart-of.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';
import { viewOf } from '../view-of.ts';

const approval = '{ id: ok, type: HUMAN, wait_for_approval: true }';

const inFork = `- id: each
  type: FORK
  for_each: "\${[1, 2]}"
  as: item
  tasks: [${approval}]`;
const besideScan = inFork.replace('tasks: [', 'tasks: [{ id: scan, uses: files.scan }, ');
const many = (count: number) =>
  Array.from({ length: count }, (_, at) => `- ${approval.replace('ok', `ok${at}`)}`).join('\n');

test.each([
  ['an approval alone', `- ${approval}`, 'NEEDS_APPROVAL'],
  ['several approvals', many(3), 'NEEDS_APPROVAL'],
  ['more approvals than a line names', many(12), 'NEEDS_APPROVAL'],
  [
    'more approvals than a line names, and an attempt',
    `${many(12)}\n- { id: scan, uses: files.scan }`,
    'RUNNING',
  ],
  ['approvals in a FORK', inFork, 'NEEDS_APPROVAL'],
  ['an approval in a FORK beside an attempt there', besideScan, 'RUNNING'],
  [
    'an approval in a FORK beside an attempt outside',
    `${inFork}\n- { id: scan, uses: files.scan }`,
    'RUNNING',
  ],
  ['an approval beside an attempt', `- ${approval}\n- { id: scan, uses: files.scan }`, 'RUNNING'],
  ['a wait for a signal', '- { id: go, type: WAIT, signal: go }', 'RUNNING'],
  ['an approval beside a wait', `- ${approval}\n- { id: go, type: WAIT, signal: go }`, 'RUNNING'],
  ['an attempt alone', '- { id: scan, uses: files.scan }', 'RUNNING'],
  ['nothing left', '- { id: only, type: NOOP }', 'COMPLETED'],
])('%s is shown as %3$s', (_what, tasks, shown) => {
  expect(bothSay(startedRun(chartOf(tasks)))).toEqual([shown, shown]);
});

test('a run that was cancelled is shown as that, one that was terminated as that', () => {
  const started = () => startedRun(chartOf('- { id: scan, uses: files.scan }'));

  expect(bothSay(started().does({ kind: 'cancelRun' }))).toEqual(['CANCELLED', 'CANCELLED']);
  expect(bothSay(started().does({ kind: 'terminateRun' }))).toEqual(['TERMINATED', 'TERMINATED']);
});

test('a run that was cancelled is shown as that after it has undone what it did, unless that was cut short', () => {
  const tasks = `- { id: book, uses: files.scan, compensate: unbook }
- { id: unbook, uses: files.scan }
- { id: pay, uses: files.scan, depends_on: [book] }`;
  const cancelled = () => startedRun(chartOf(tasks)).completes('book').does({ kind: 'cancelRun' });

  expect(bothSay(cancelled())).toEqual(['COMPENSATING', 'COMPENSATING']);
  expect(bothSay(cancelled().completes('unbook'))).toEqual(['CANCELLED', 'CANCELLED']);
  expect(bothSay(cancelled().does({ kind: 'terminateRun' }))).toEqual(['TERMINATED', 'TERMINATED']);
});

// As early releases wrote them.
test('a line without the word is shown by what it names, as far as it names all', () => {
  const { head, ...line } = lineOf(startedRun(chartOf(many(12))));
  const { shown: _shown, ...early } = head;
  const asked = { task: 'ok', status: 'PENDING_APPROVAL' };

  expect(shownStatusOfLine({ ...line, head: { ...early, active: [asked, asked] } })).toBe('NEEDS_APPROVAL');
  expect(shownStatusOfLine({ ...line, head: early })).toBe('RUNNING');
  expect(shownStatusOfLine({ ...line, head: { ...early, active: [], status: 'TERMINATED' } })).toBe(
    'TERMINATED',
  );
});

test('a paused run is shown as paused, whatever it waits for', () => {
  const run = startedRun(chartOf(`- ${approval}`)).does({ kind: 'pauseRun' });
  expect(shownStatus(viewOf(run))).toBe('PAUSED');
});

function bothSay(run: Driven): readonly string[] {
  return [shownStatus(viewOf(run)), shownStatusOfLine(lineOf(run))];
}

function lineOf({ bodies }: Driven): RunSummary {
  const { data, sequence, time } = JSON.parse(bodies.at(-1) ?? '') as JournalRecord;

  return { run: 'run', head: data.head, sequence, position: 1, updatedAt: time };
}
