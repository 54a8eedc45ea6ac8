// How long something lasts, whatever is done to the clock on the wall. Method: sources of time that the test moves.
import { expect, test } from 'vitest';
import { createSteady } from '../../src/compose/system-clock.ts';

test('the steady clock counts the time that the machine slept, and nothing twice', () => {
  const source = { awake: 500, up: 90_000 };
  const steady = createSteady({ awakeMs: () => source.awake, upMs: () => source.up });
  const pass = (awake: number, asleep = 0) => {
    source.awake += awake;
    source.up += awake + asleep;
  };

  expect(steady()).toBe(0);
  pass(1_000);
  expect(steady()).toBe(1_000);
  pass(100, 3_600_000);
  expect([steady(), steady()]).toEqual([3_601_100, 3_601_100]);
  pass(60_000);
  expect(steady()).toBe(3_661_100);
});

test('what the time since the start of the machine is rounded by is no sleep', () => {
  const source = { awake: 0, up: 1_000 };
  const steady = createSteady({ awakeMs: () => source.awake, upMs: () => source.up });
  source.awake = 995;
  source.up = 2_000;

  expect(steady()).toBe(995);
});
