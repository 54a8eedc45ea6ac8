// A page tells the events that fit a filter. Method: one real journal, asked in several ways.
import { expect, test } from 'vitest';
import { type EventFilter, eventPage } from '../../../src/projections/task/event-page.ts';
import { goldenRun } from '../golden-books.ts';

const { book } = goldenRun('approvals');
const total = book.rows.length;

function page(filter: Partial<EventFilter>) {
  return eventPage(book.rows, { limit: 200, order: 'desc', ...filter });
}

function numbers(filter: Partial<EventFilter>): readonly number[] {
  return page(filter).events.map(({ sequence }) => sequence);
}

test('tells the newest, or the first, or those around an event, in the order of their numbers', () => {
  expect(numbers({ limit: 2 })).toEqual([total - 1, total]);
  expect(numbers({ limit: 2, order: 'asc' })).toEqual([1, 2]);
  expect(numbers({ limit: 2, before: 4 })).toEqual([2, 3]);
  expect(numbers({ limit: 2, after: 2, order: 'asc' })).toEqual([3, 4]);
  expect(numbers({ after: 2, before: 4 })).toEqual([3]);
});

test('counts what fits of all there is, and how often each type occurs', () => {
  const granted = page({ types: ['approval.granted'] });
  const { types } = page({});

  expect(granted.matching).toBe(types['approval.granted']);
  expect(granted.total).toBe(total);
  expect(granted.events.every(({ isIntervention }) => isIntervention)).toBe(true);
  expect(Object.values(types).reduce((sum, count) => sum + count, 0)).toBe(total);
});

test('chooses by beginnings of types, by task and by words', () => {
  const answers = page({ types: ['approval.*'] });
  expect(answers.events.every(({ type }) => type.startsWith('approval.'))).toBe(true);
  expect(answers.matching).toBeGreaterThan(0);

  const { task } = answers.events[0] ?? {};
  expect(page({ task }).events.every((event) => event.task === task)).toBe(true);
  expect(page({ q: 'RUN.STARTED' }).events.map(({ sequence }) => sequence)).toEqual([1]);
  expect(page({ q: 'nothing says this' }).matching).toBe(0);
});
