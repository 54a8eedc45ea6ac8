// What somebody began is kept for whoever began it, and no flood from elsewhere makes it forgotten.
import { expect, test } from 'vitest';
import { createPending } from '../../../src/http/sign-in/pending.ts';
import { createVirtualClock } from '../../../src/stores/memory/virtual-clock.ts';

const hour = 3_600_000;

test('a flood of beginnings from one address ends none of another', () => {
  const pending = createPending<string>(createVirtualClock());
  const ana = pending.add('ana', 'of ana', hour, '192.0.2.1');
  const first = pending.add('flood', 'of the flood', hour, '192.0.2.66');
  for (let each = 0; each < 3_000; each += 1) pending.add(`flood ${each}`, '', hour, '192.0.2.66');

  expect(pending.get('ana', ana.proof)).toBe('of ana');
  expect(pending.get('flood', first.proof)).toBeUndefined();
});

test('what was begun is there once, for a while, and only with its proof', () => {
  const clock = createVirtualClock();
  const pending = createPending<string>(clock);
  const { proof } = pending.add('ana', 'hers', 1_000, '192.0.2.1');

  expect(pending.take('ana', 'guess')).toBeUndefined();
  expect(pending.take('ana', proof)).toBe('hers');
  expect(pending.take('ana', proof)).toBeUndefined();
  const late = pending.add('bob', 'his', 1_000, '192.0.2.1');
  clock.advance(1_000);
  expect(pending.get('bob', late.proof)).toBeUndefined();
});
