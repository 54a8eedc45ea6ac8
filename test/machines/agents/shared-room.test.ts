// Several engines share the capacity of one worker. Method: made-up engines by the hundred, of which the sums must
// hold, and a few that are written down.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type EngineShare, sharedRoom } from '../../../machines/agents/shared-room.ts';

const idle: EngineShare = { held: 0, waiting: 0, room: 0 };
const engine = fc.record({
  held: fc.nat({ max: 8 }),
  waiting: fc.nat({ max: 20 }),
  room: fc.nat({ max: 8 }),
});

test('gives the only engine everything', () => {
  expect(sharedRoom(5, [idle])).toEqual([5]);
  expect(sharedRoom(5, [{ held: 3, waiting: 9, room: 5 }])).toEqual([5]);
});

test('spreads what nobody asks for, and gives what is asked for to those who ask', () => {
  expect(sharedRoom(5, [idle, idle])).toEqual([3, 2]);
  expect(
    sharedRoom(1, [
      { ...idle, room: 1 },
      { ...idle, waiting: 4 },
    ]),
  ).toEqual([0, 1]);
  expect(
    sharedRoom(6, [
      { ...idle, waiting: 1 },
      { ...idle, waiting: 9 },
    ]),
  ).toEqual([1, 5]);
});

test('gives no place away that an engine still uses', () => {
  expect(
    sharedRoom(4, [
      { held: 4, waiting: 0, room: 4 },
      { ...idle, waiting: 4 },
    ]),
  ).toEqual([2, 0]);
  expect(
    sharedRoom(4, [
      { held: 3, waiting: 0, room: 2 },
      { ...idle, waiting: 4 },
    ]),
  ).toEqual([2, 1]);
});

test('never lets engines have more than there is, beyond what they have', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 12 }),
      fc.array(engine, { minLength: 1, maxLength: 5 }),
      (capacity, engines) => {
        const rooms = sharedRoom(capacity, engines);
        const held = engines.reduce((sum, each) => sum + each.held, 0);
        const most = engines.reduce((sum, each, at) => sum + Math.max(each.held, rooms[at] ?? 0), 0);
        expect(most).toBeLessThanOrEqual(Math.max(capacity, held));
      },
    ),
  );
});

test('leaves no place unused that an engine asks for, once nobody has more than its part', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 12 }),
      fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 5 }),
      (capacity, asked) => {
        const rooms = sharedRoom(
          capacity,
          asked.map((waiting) => ({ ...idle, waiting })),
        );
        expect(rooms.reduce((sum, each) => sum + each, 0)).toBe(capacity);
        const isShort = rooms.some((room, at) => room < (asked[at] ?? 0));
        const isSpare = rooms.some((room, at) => room > (asked[at] ?? 0));
        expect(isShort && isSpare).toBe(false);
      },
    ),
  );
});
