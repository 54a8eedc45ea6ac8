import { expect, test } from 'vitest';
import { bodyPrefix, localId, parseAddress } from '../../../machines/chart/task-at.ts';

test.each([
  ['pay', { owners: [], id: 'pay' }],
  ['orders[2].pay', { owners: [{ id: 'orders', attempt: 1, index: 2 }], id: 'pay' }],
  ['orders:2[0].pay', { owners: [{ id: 'orders', attempt: 2, index: 0 }], id: 'pay' }],
  [
    'orders[10].lines:3[4].pay-it',
    {
      owners: [
        { id: 'orders', attempt: 1, index: 10 },
        { id: 'lines', attempt: 3, index: 4 },
      ],
      id: 'pay-it',
    },
  ],
  ['each[0].each/item', { owners: [{ id: 'each', attempt: 1, index: 0 }], id: 'each/item' }],
])('%s names one task, and is written as it is read', (text, address) => {
  expect(parseAddress(text)).toEqual(address);
  expect(address.owners.reduce(bodyPrefix, '') + address.id).toBe(text);
  expect(localId(text)).toBe(address.id);
});

test.each([
  'a[].b',
  'a[-1].b',
  'a[x].b',
  '[0].b',
  'a:[0].b',
  'a[0]b.c',
  'a[1234567890].b',
  'a[0].b.c',
  'a[0',
])('%s is no address', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});
