import { expect, test } from 'vitest';
import { historyParams } from '../../../src/web/pages/history-params.ts';

test('without a status every way to end is searched, and nothing that is under way', () => {
  expect(historyParams({ q: ' scan ', definition: '', status: '' })).toEqual({
    status: 'COMPLETED,FAILED,TIMED_OUT,CANCELLED,TERMINATED',
    limit: 50,
    q: 'scan',
    where: '',
  });
});

test('a status from the address that is no end is not searched for', () => {
  expect(historyParams({ q: '', definition: 'orders', status: 'RUNNING' })).toMatchObject({
    status: 'COMPLETED,FAILED,TIMED_OUT,CANCELLED,TERMINATED',
    where: 'definition=orders',
  });
  expect(historyParams({ q: '', definition: '', status: 'FAILED' })).toMatchObject({ status: 'FAILED' });
});
