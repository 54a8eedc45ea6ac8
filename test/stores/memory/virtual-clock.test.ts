// A clock that only moves when it is moved, bit by bit or at once. Method: three timers, and what they see.
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../src/stores/memory/virtual-clock.ts';

function withTimers() {
  const clock = createVirtualClock(1_000);
  const seen: string[] = [];
  const note = (name: string) => () => void seen.push(`${name} at ${clock.now()}`);
  clock.after(300, note('late'));
  clock.after(100, () => {
    note('early')();
    clock.after(50, note('next'));
  });
  clock.after(200, note('cancelled'))();

  return { clock, seen };
}

test('time that is moved on passes every timer on its way', () => {
  const { clock, seen } = withTimers();
  clock.advance(400);

  expect(seen).toEqual(['early at 1100', 'next at 1150', 'late at 1300']);
  expect(clock.now()).toBe(1_400);
});

test('time that jumps calls back in order what is due, and leaves what is set meanwhile', () => {
  const { clock, seen } = withTimers();
  clock.jumpTo(1_400);
  expect(seen).toEqual(['early at 1400', 'late at 1400']);

  clock.jumpTo(1_450);
  expect(seen).toEqual(['early at 1400', 'late at 1400', 'next at 1450']);
});

test('time never jumps back', () => {
  const { clock } = withTimers();
  clock.jumpTo(500);

  expect(clock.now()).toBe(1_000);
});
