import { expect, test } from 'vitest';
import { runsLink, spanOf } from '../../../src/web/pages/insights/insight-span.ts';

test('a span ends at the next full minute, so that the same question is asked once', () => {
  const first = spanOf('1h', Date.parse('2026-11-22T10:00:05.000Z'));

  expect(first).toEqual({ from: '2026-11-22T09:01:00.000Z', to: '2026-11-22T10:01:00.000Z' });
  expect(spanOf('1h', Date.parse('2026-11-22T10:00:50.000Z'))).toEqual(first);
});

test('a span that nobody knows is a day', () => {
  expect(spanOf('soon', Date.parse('2026-11-22T10:00:00.000Z')).from).toBe('2026-11-21T10:00:00.000Z');
});

test('a number leads to the runs that it counts', () => {
  const link = runsLink({ definition: 'orders', version: 3, status: 'FAILED', fromMs: 0, toMs: 60_000 });
  const params = new URLSearchParams(link.split('?')[1]);

  expect(params.get('where')).toBe(
    'definition=orders@3 started>=1970-01-01T00:00:00.000Z started<1970-01-01T00:01:00.000Z',
  );
  expect(params.get('status')).toBe('FAILED');
  expect(runsLink({})).toBe('/runs');
});
