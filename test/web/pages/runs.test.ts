// The filter, the columns and the parts of a bulk command, apart from the screen.
import { expect, test } from 'vitest';
import type { RunLine } from '../../../src/api/run.ts';
import { joinedReports, parts } from '../../../src/web/pages/runs/bulk.ts';
import { chosenColumns, toggledColumns } from '../../../src/web/pages/runs/columns.ts';
import { filterText, statusChips, toggledStatus } from '../../../src/web/pages/runs/run-filter.ts';
import { gridMove, gridTasks } from '../../../src/web/pages/runs/run-grid.ts';
import { chunkOf } from '../../../src/web/pages/runs/use-run-details.ts';

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
  expect(joinedReports(report, report)).toMatchObject({ total: 4, changed: 2, refused: 2 });
});

const line = (run: string, id: string) => ({ run, definition: { id, version: 1, hash: '' } }) as RunLine;

test('the grid has the tasks of all versions once', () => {
  const detail = (run: string, ...tasks: readonly string[]) => ({
    ...{ run, sequence: 1, inputLines: [], attempts: 0 },
    tasks: tasks.map((task) => ({ id: task, status: 'PENDING', attempt: 0 })),
  });
  const details = new Map([detail('o0', 'pay', 'ship'), detail('o1', 'check', 'pay')].map((d) => [d.run, d]));
  expect(gridTasks([line('o0', 'orders'), line('o1', 'orders')], details)).toEqual(['pay', 'ship', 'check']);
});

test('arrow keys move in the grid, stay inside of shorter rows, and stop at its edges', () => {
  const lengths = [3, 0, 2];
  expect(gridMove('ArrowRight', { row: 0, column: 1 }, lengths)).toEqual({ row: 0, column: 2 });
  expect(gridMove('ArrowRight', { row: 0, column: 2 }, lengths)).toBeUndefined();
  expect(gridMove('ArrowDown', { row: 2, column: 0 }, lengths)).toBeUndefined();
  expect(gridMove('ArrowUp', { row: 0, column: 0 }, lengths)).toBeUndefined();
  expect(gridMove('End', { row: 2, column: 0 }, lengths)).toEqual({ row: 2, column: 1 });
  expect(gridMove('ArrowDown', { row: 0, column: 2 }, [3, 2])).toEqual({ row: 1, column: 1 });
});

test('rows near each other ask for what they need together', () => {
  const runs = Array.from({ length: 60 }, (_, at) => `run${at}`);
  expect(chunkOf(runs, 30)).toEqual(runs.slice(25, 50));
  expect(chunkOf(runs, 59)).toEqual(runs.slice(50));
});
