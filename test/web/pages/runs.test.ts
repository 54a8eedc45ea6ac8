// The filter, the columns and the parts of a bulk command, apart from the screen.
import { expect, test } from 'vitest';
import { joined, parts } from '../../../src/web/pages/runs/bulk.ts';
import { chosenColumns, toggledColumns } from '../../../src/web/pages/runs/columns.ts';
import { filterText, statusChips, toggledStatus } from '../../../src/web/pages/runs/run-filter.ts';

test('pressing a status adds it, pressing it again takes it away', () => {
  expect(toggledStatus('', 'FAILED')).toBe('FAILED');
  expect(toggledStatus('FAILED', 'PAUSED')).toBe('FAILED,PAUSED');
  expect(toggledStatus('FAILED,PAUSED', 'FAILED')).toBe('PAUSED');
});

test('there is a button for every status that occurs, for those chosen, and for those nobody knows', () => {
  expect(statusChips({ COMPLETED: 3, FAILED: 0, ODD: 1 }, 'PAUSED')).toEqual(['PAUSED', 'COMPLETED', 'ODD']);
});

test('a filter is told in words before it is acted upon', () => {
  const filter = { q: 'ada', where: 'definition=orders', status: 'FAILED,PAUSED', sort: 'updated' };
  expect(filterText(filter)).toBe('status FAILED or PAUSED, definition=orders, text "ada"');
  expect(filterText({ q: '', where: '', status: '', sort: 'updated' })).toBe('every run there is');
});

test('columns stand in one order, whatever the order in which they were chosen', () => {
  expect(chosenColumns('run,status').map(({ id }) => id)).toEqual(['status', 'run']);
  expect(chosenColumns('no-such').length).toBe(chosenColumns('').length);
  const without = toggledColumns('', 'trigger');
  expect(without.split(',')).not.toContain('trigger');
  expect(toggledColumns(without, 'trigger')).toBe('');
});

test('many runs are asked in parts, and answered with one report', () => {
  expect(parts([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  const report = { where: 'run=a', dryRun: false, total: 2, changed: 1, refused: 1, items: [] };
  expect(joined(report, report)).toMatchObject({ total: 4, changed: 2, refused: 2 });
});
