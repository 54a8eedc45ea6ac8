// The line of the runs that want a slot. The contract of the slots port pins down its answers; these tests its bounds.
import { expect, test } from 'vitest';
import { holdersOf, lineWith, lineWithout, SlotLine } from '../../../machines/run/slot-line.ts';

const full: SlotLine = Array.from({ length: 10_000 }, (_, index) => [`run-${index}`, 5] as const);

test('refuses one run more than a line may hold, and takes it when another has left', () => {
  expect(() => lineWith(full, 'one-more', 5)).toThrow(
    expect.objectContaining({ code: 'slots.line-full', message: expect.stringContaining('10000 runs') }),
  );
  expect(lineWith(full, 'run-9999', 5)).toBe(full);
  expect(lineWith(lineWithout(full, 'run-7'), 'one-more', 5)).toHaveLength(10_000);
});

test('a full line of the longest run ids fits into a message of 1 MB', () => {
  const line = full.map(([run]) => [run.padEnd(64, 'x'), 1_000_000] as const);

  expect(Buffer.byteLength(JSON.stringify(line))).toBeLessThan(1_000_000);
});

test('a line that nothing changes stays the very same', () => {
  const line = lineWith([], 'a', 1);

  expect(lineWith(line, 'a', 1)).toBe(line);
  expect(lineWithout(line, 'b')).toBe(line);
  expect(holdersOf(line)).toEqual(['a']);
});

test.each([null, {}, [['a']], [['a', 0]], [['a', 1.5]], [[1, 1]], ['a']])('%j is no line', (value) => {
  expect(SlotLine.safeParse(value).success).toBe(false);
});
