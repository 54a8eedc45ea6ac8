// What an event says to others must be readable for them. These tests pin down what counts as one.
import { expect, test } from 'vitest';
import { CloudEvent, IncomingEvent, isEventType } from '../../events/cloud-event.ts';

const event = {
  specversion: '1.0',
  id: 'run-1/tell',
  source: '/3ox/orders',
  type: 'order.paid',
  time: '2026-01-01T00:00:00.000Z',
};

test('an event needs an id, a source, a type and a time', () => {
  expect(CloudEvent.parse(event)).toEqual(event);
  for (const key of Object.keys(event)) {
    expect(CloudEvent.safeParse({ ...event, [key]: undefined }).success).toBe(false);
    expect(CloudEvent.safeParse({ ...event, [key]: '' }).success).toBe(false);
  }
});

test('an event with more than we know is read', () => {
  expect(CloudEvent.parse({ ...event, subject: 'a', data: [null], partitionkey: 'x' })).toEqual({
    ...event,
    subject: 'a',
    data: [null],
  });
});

test.each(['a', 'A.b-1.c_2', '3ox.run', 'a'.repeat(200)])('%.20j is a type of an event', (type) => {
  expect(isEventType(type)).toBe(true);
});

test.each(['', '.', 'a.', 'a..b', '-a', 'a b', 'a\n', '*', '>', 'ä', 'a'.repeat(201)])(
  '%.20j is no type of an event',
  (type) => {
    expect(isEventType(type)).toBe(false);
  },
);

test.each([
  ['0000-01-01T13:59:59+14:00', false],
  ['0000-01-01T14:00:00+14:00', true],
  ['0000-01-01T00:00:00-14:00', true],
  ['9999-12-31T10:00:00-14:00', false],
  ['9999-12-31T09:59:59.999-14:00', true],
  ['9999-12-31T23:59:59+14:00', true],
  ['9999-12-31T23:59:59Z', true],
])('a time of a zone is taken where its year in UTC can be written: %s', (time, isTaken) => {
  expect(IncomingEvent.safeParse({ ...event, time }).success).toBe(isTaken);
  expect(/^\d{4}-/.test(new Date(time).toISOString())).toBe(isTaken);
});
