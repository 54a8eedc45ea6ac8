// The status a person reads: waiting for an approval is not running. Method: real runs, looked at by their view and by
// the line in the index, which have to agree.
import { expect, test } from 'vitest';
import type { JournalRecord } from '../../events/record.ts';
import { shownStatus, shownStatusOfLine } from '../../src/projections/shown-status.ts';
import { chartOf } from '../support/chart-of.ts';
import { startedRun } from '../support/run-spec.ts';
import { viewOf } from './view-of.ts';

const approval = '{ id: ok, type: HUMAN, wait_for_approval: true }';

test.each([
  ['an approval alone', `- ${approval}`, 'NEEDS_APPROVAL'],
  ['an approval beside an attempt', `- ${approval}\n- { id: scan, uses: files.scan }`, 'RUNNING'],
  ['a wait for a signal', '- { id: go, type: WAIT, signal: go }', 'RUNNING'],
  ['an approval beside a wait', `- ${approval}\n- { id: go, type: WAIT, signal: go }`, 'RUNNING'],
  ['an attempt alone', '- { id: scan, uses: files.scan }', 'RUNNING'],
  ['nothing left', '- { id: only, type: NOOP }', 'COMPLETED'],
])('%s is shown as %3$s', (_what, tasks, shown) => {
  const run = startedRun(chartOf(tasks));
  const last = JSON.parse(run.bodies.at(-1) ?? '') as JournalRecord;
  expect(shownStatus(viewOf(run))).toBe(shown);
  const line = { run: 'run', head: last.data.head, sequence: last.sequence, updatedAt: last.time };
  expect(shownStatusOfLine(line)).toBe(shown);
});

test('a paused run is shown as paused, whatever it waits for', () => {
  const run = startedRun(chartOf(`- ${approval}`)).does({ kind: 'pauseRun' });
  expect(shownStatus(viewOf(run))).toBe('PAUSED');
});
