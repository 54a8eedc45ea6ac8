// Who has to answer first finds it first.
import { expect, test } from 'vitest';
import { approvalPath, byDeadline, isLate } from '../../../src/web/pages/approvals/approval-order.ts';

test('what is due first comes first, what is never due comes last by how long it has waited', () => {
  const asked = [
    { run: 'a', task: 't', since: '2026-11-22T11:00:00Z' },
    { run: 'b', task: 't', since: '2026-11-22T12:00:00Z', dueAt: '2026-11-23T00:00:00Z' },
    { run: 'c', task: 't', since: '2026-11-22T10:00:00Z' },
    { run: 'd', task: 't', since: '2026-11-22T12:30:00Z', dueAt: '2026-11-22T13:00:00Z' },
  ];
  expect(byDeadline(asked).map(({ run }) => run)).toEqual(['d', 'b', 'c', 'a']);
});

test('it is late when its time is over, or when somebody else had to be asked', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  expect(isLate({ dueAt: '2026-11-22T12:00:01Z' }, now)).toBe(false);
  expect(isLate({ dueAt: '2026-11-22T11:59:59Z' }, now)).toBe(true);
  expect(isLate({ escalatedAt: '2026-11-22T11:00:00Z' }, now)).toBe(true);
  expect(isLate({}, now)).toBe(false);
});

test('the address of a task inside of a loop survives the address of the page', () => {
  const path = approvalPath({ run: 'r', task: 'orders[2].pay' });
  expect(decodeURIComponent(path.split('/')[3] ?? '')).toBe('orders[2].pay');
});
