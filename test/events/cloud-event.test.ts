// What an event says to others must be readable for them. These tests pin down what counts as one.
import { expect, test } from 'vitest';
import { CloudEvent, isEventType } from '../../events/cloud-event.ts';

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
