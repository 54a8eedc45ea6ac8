// A circuit breaker is what the outcomes in the journals make of it, so that every engine comes to the same answer.
// These tests pin down each edge of its three states. Method: fold outcomes written as `12x` (failed at 12) or
// `12` (succeeded at 12), look at a time, compare the whole answer.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type AttemptOutcome,
  type Breaker,
  type BreakerPolicy,
  breakerAt,
  emptyBreaker,
  withOutcome,
} from '../../../machines/run/breaker.ts';

/** Three failures within 10 open it for 100; then two attempts have to succeed. */
const policy: BreakerPolicy = { failures: 3, windowMs: 10, openForMs: 100, halfOpen: 2 };

const closed = { state: 'closed' };
const openUntil = (untilMs: number) => ({ state: 'open', untilMs });
const halfOpen = (probesLeft: number) => ({ state: 'half_open', probesLeft });

function after(outcomes: string, of: BreakerPolicy = policy): Breaker {
  return folded(outcomes.split(' ').filter(Boolean).map(outcome), of);
}

function outcome(text: string): AttemptOutcome {
  return { atMs: Number.parseInt(text, 10), ok: !text.endsWith('x') };
}

function folded(
  outcomes: readonly AttemptOutcome[],
  of: BreakerPolicy,
  from: Breaker = emptyBreaker,
): Breaker {
  return outcomes.reduce((breaker, one) => withOutcome(breaker, one, of), from);
}

test.each([
  ['nothing happened', '', closed],
  ['too few attempts failed', '1x 2x', closed],
  ['enough failed, the first exactly as long ago as the window', '0x 5x 10x', openUntil(110)],
  ['the first failure is just older than the window', '0x 5x 11x', closed],
  ['successes came in between, which excuse nothing', '0x 1 2x 3 4x', openUntil(104)],
  ['an old failure is followed by enough new ones', '0x 50x 51x 52x', openUntil(152)],
  ['enough failed at the same moment', '7x 7x 7x', openUntil(107)],
])('a closed breaker: %s', (_, outcomes, expected) => {
  expect(breakerAt(after(outcomes), policy, 60)).toEqual(expected);
});

test.each([
  ['a failure told late counts at its own time', '20x 28x 22x', openUntil(128)],
  ['the order in which failures are told does not matter', '28x 22x 20x', openUntil(128)],
  ['a failure told too late is past', '20x 28x 17x', closed],
  ['failures that were near each other, and are past when the last is told', '0x 1x 100x 2x', closed],
])('outcomes out of order of time: %s', (_, outcomes, expected) => {
  expect(breakerAt(after(outcomes), policy, 60)).toEqual(expected);
});

test('an opened breaker is open up to the moment that `open_for` is over, and half open from then on', () => {
  const opened = after('0x 5x 10x');

  expect(breakerAt(opened, policy, 0)).toEqual(openUntil(110));
  expect(breakerAt(opened, policy, 109)).toEqual(openUntil(110));
  expect(breakerAt(opened, policy, 110)).toEqual(halfOpen(2));
  expect(breakerAt(opened, policy, 1_000_000)).toEqual(halfOpen(2));
});

test.each([
  ['what ends while it is open neither closes it nor keeps it open', '11 50x 109x 109', halfOpen(2)],
  ['a success counts from the moment it is half open', '110', halfOpen(1)],
  ['as many successes as `half_open` close it', '110 111', closed],
  ['a failure opens it again, for the whole time', '110 120x', openUntil(220)],
  ['a failure at the very moment it goes half open opens it again', '110x', openUntil(210)],
  ['the successes before a failure are forgotten', '110 120x 220 230x', openUntil(330)],
  ['an outcome from before, told when it is half open, says nothing', '110 60x 60', halfOpen(1)],
  ['the failures that opened it are forgotten once it is closed', '110 111 112x 113x', closed],
  ['closed again, it opens as the first time', '110 111 112x 113x 114x', openUntil(214)],
])('an opened breaker: %s', (_, outcomes, expected) => {
  expect(breakerAt(after(`0x 5x 10x ${outcomes}`), policy, 200)).toEqual(expected);
});

test('the smallest breaker opens at every failure and closes at every success', () => {
  const smallest = { failures: 1, windowMs: 0, openForMs: 0, halfOpen: 1 };

  expect(breakerAt(after('5x', smallest), smallest, 4)).toEqual(openUntil(5));
  expect(breakerAt(after('5x', smallest), smallest, 5)).toEqual(halfOpen(1));
  expect(breakerAt(after('5x 5', smallest), smallest, 5)).toEqual(closed);
});

const anyPolicy = fc.record({
  failures: fc.integer({ min: 1, max: 6 }),
  windowMs: fc.integer({ min: 0, max: 30 }),
  openForMs: fc.integer({ min: 0, max: 30 }),
  halfOpen: fc.integer({ min: 1, max: 3 }),
});
const anyOutcomes = fc.array(fc.record({ atMs: fc.integer({ min: 0, max: 200 }), ok: fc.boolean() }), {
  maxLength: 60,
});

test('the same outcomes in the order of the journal always give the same state, wherever the fold was cut', () => {
  fc.assert(
    fc.property(anyPolicy, anyOutcomes, fc.nat(60), (of, outcomes, cut) => {
      const kept = JSON.parse(JSON.stringify(folded(outcomes.slice(0, cut), of))) as Breaker;

      expect(folded(outcomes.slice(cut), of, kept)).toEqual(folded(outcomes, of));
    }),
  );
});

test('it opens at the first failure that has enough others within the window, and not before', () => {
  fc.assert(
    fc.property(anyPolicy, anyOutcomes, (of, outcomes) => {
      const inTime = [...outcomes].sort((one, other) => one.atMs - other.atMs);
      const failures = inTime.filter(({ ok }) => !ok);
      const opening = failures.find((last, index) => {
        const first = failures[index - of.failures + 1];
        return first !== undefined && last.atMs - first.atMs <= of.windowMs;
      });
      const upTo = opening === undefined ? inTime : inTime.slice(0, inTime.indexOf(opening) + 1);

      expect(folded(upTo.slice(0, -1), of).kind).toBe('closed');
      expect(folded(upTo, of).kind).toBe(opening === undefined ? 'closed' : 'opened');
    }),
  );
});

test('it never holds more than it needs, nor leaves the bounds of its policy', () => {
  fc.assert(
    fc.property(anyPolicy, anyOutcomes, fc.nat(300), (of, outcomes, nowMs) => {
      const breaker = folded(outcomes, of);
      if (breaker.kind === 'closed') expect(breaker.failedAtMs.length).toBeLessThan(of.failures);
      const shown = breakerAt(breaker, of, nowMs);

      if (shown.state === 'open') expect(shown.untilMs).toBeGreaterThan(nowMs);
      if (shown.state === 'half_open') expect(shown.probesLeft).toBeGreaterThan(0);
    }),
  );
});
