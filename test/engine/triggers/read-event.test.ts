// Whatever others send that is a CloudEvent with JSON in it is read; anything else says why not.
import { expect, test } from 'vitest';
import { readEvent } from '../../../src/engine/triggers/read-event.ts';

const now = '2026-01-01T00:00:00.000Z';
const event = { specversion: '1.0', id: '1', source: '/s', type: 'order.paid' };
const read = (more: object, type = 'order.paid') =>
  readEvent({ body: JSON.stringify({ ...event, ...more }), type }, now);

test.each([
  'application/json',
  'application/json; charset=utf-8',
  'Application/JSON;charset="UTF-8"',
  'text/json',
  'application/vnd.shop.order+json',
  'application/problem+json; charset=utf-8',
])('an event whose data is %s is read', (datacontenttype) => {
  expect(read({ datacontenttype, data: { order: 7 } })).toEqual({
    ok: true,
    event: { ...event, time: now, datacontenttype: 'application/json', data: { order: 7 } },
  });
});

test.each([
  ['2026-01-01T02:00:00+02:00', '2026-01-01T00:00:00.000Z'],
  ['2025-12-31T18:30:00.250-05:30', '2026-01-01T00:00:00.250Z'],
  ['2026-01-01T00:00:00-00:00', '2026-01-01T00:00:00.000Z'],
  ['2026-01-01t00:00:00z', '2026-01-01T00:00:00.000Z'],
])('an event of %s happened at %s', (time, utc) => {
  expect(read({ time })).toEqual({ ok: true, event: { ...event, time: utc } });
});

test('an attribute that is null is as good as absent, and data that is null is null', () => {
  const none = {
    subject: null,
    time: null,
    datacontenttype: null,
    hops: null,
    data_base64: null,
    other: null,
  };
  expect(read({ ...none, data: null })).toEqual({ ok: true, event: { ...event, time: now, data: null } });
  expect(read({ id: null })).toMatchObject({ ok: false, refusal: { code: 'event.invalid' } });
});

test.each(['text/plain', 'application/xml', 'application/jsonl', 'json', 'application/json, text/plain'])(
  'an event whose data is %s is refused with what would do',
  (datacontenttype) => {
    expect(read({ datacontenttype, data: 'a' })).toEqual({
      ok: false,
      refusal: {
        code: 'event.invalid',
        message:
          'it is no CloudEvent that can be read: datacontenttype: only JSON is read, such as application/json',
      },
    });
  },
);

test('an event whose data is in data_base64 is refused by that name', () => {
  expect(read({ data_base64: 'e30=' })).toEqual({
    ok: false,
    refusal: {
      code: 'event.data-base64',
      message: 'its data is in data_base64, which is not read; put it into data as JSON',
    },
  });
});

test('an event on a subject that says no type is refused with that', () => {
  expect(read({}, '')).toMatchObject({
    ok: false,
    refusal: { code: 'event.type-mismatch', message: expect.stringContaining('its subject says none') },
  });
});
