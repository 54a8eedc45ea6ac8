// Who has an attempt, and until when they are thought alive. Method: one table of holders on a manual clock.
import { expect, test } from 'vitest';
import { createAttemptClaims } from '../../../src/engine/attempts/attempt-claims.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const of = { run: 'run-1', address: 'far', attempt: 1 };

function open(freshSinceMs?: () => number) {
  const clock = createManualClock(0);

  return { clock, holders: createAttemptClaims({ clock, ttlMs: 10_000, freshSinceMs }) };
}

test('a worker is thought alive for the whole time from when it was heard of last', () => {
  const { clock, holders } = open();
  holders.began(of, 'w1');
  clock.advance(4_000);
  expect(holders.leftMs(of, 'w1')).toBe(6_000);
  clock.advance(6_000);
  expect(holders.leftMs(of, 'w1')).toBe(0);
});

test('what is dropped is known no more: its worker gets the whole time anew', () => {
  const { clock, holders } = open();
  holders.began(of, 'w1');
  holders.gaveBack(of, 'w1');
  clock.advance(60_000);
  holders.drop(of.run);

  expect(holders.hasGivenBack(of, 'w1')).toBe(false);
  expect(holders.leftMs(of, 'w1')).toBe(10_000);
});

test('the time in which nobody could be heard does not count against a worker', () => {
  let freshSince = 0;
  const { clock, holders } = open(() => freshSince);
  holders.began(of, 'w1');
  clock.advance(12_000);
  freshSince = 11_000;

  expect(holders.leftMs(of, 'w1')).toBe(9_000);
});

test('a clock that is set back prolongs no hold', () => {
  const { clock, holders } = open();
  clock.advance(60_000);
  holders.began(of, 'w1');
  clock.setBy(-50_000);
  expect(holders.leftMs(of, 'w1')).toBe(10_000);
  clock.advance(10_000);

  expect(holders.leftMs(of, 'w1')).toBe(0);
});

test('a worker whose result is being recorded lives, until the last report of it is answered', () => {
  const { clock, holders } = open();
  holders.began(of, 'w1');
  const first = holders.reporting(of);
  const second = holders.reporting(of);
  clock.advance(60_000);
  first();
  expect(holders.isReporting(of)).toBe(true);
  expect(holders.leftMs(of, 'w1')).toBe(10_000);
  second();

  expect(holders.isReporting(of)).toBe(false);
  expect(holders.leftMs(of, 'w1')).toBe(0);
});
