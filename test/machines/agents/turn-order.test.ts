// Whose turn it is among attempts that wait for the same agent: the order alone, without a clock. Method: let some
// wait, take turns, compare the names in the order in which they got them.
import { expect, test } from 'vitest';
import {
  agedMs,
  type Claimant,
  createTurnOrder,
  type TurnOrder,
} from '../../../machines/agents/turn-order.ts';

type Attempt = { readonly name: string };

function line() {
  const order = createTurnOrder<Attempt>();
  const known = new Map<string, Attempt>();
  const one = (name: string): Attempt => {
    const attempt = known.get(name) ?? { name };
    known.set(name, attempt);
    return attempt;
  };
  const waits = (name: string, more: Partial<Claimant> = {}) =>
    order.add(one(name), { priority: 5, key: '', sinceMs: 0, ...more });

  return { order, one, waits };
}

/** The next turns, each used before the next one is given. */
function turns(order: TurnOrder<Attempt>, most = Number.POSITIVE_INFINITY): readonly string[] {
  const names: string[] = [];
  for (let next = names.length < most ? order.take() : undefined; next !== undefined; ) {
    order.used(next);
    names.push(next.name);
    next = names.length < most ? order.take() : undefined;
  }

  return names;
}

test('the one with the highest priority is next, however few or many wait', () => {
  for (const many of [1, 30, 1_000]) {
    const { order, waits } = line();
    for (let index = 0; index < many; index += 1) waits(`low ${index}`, { priority: 1 });
    waits('high', { priority: 9 });

    expect(turns(order, 2)).toEqual(['high', 'low 0']);
  }
});

test('of the same priority the one that came first is next', () => {
  const { order, waits } = line();
  for (const name of ['a', 'b', 'c']) waits(name);

  expect(turns(order)).toEqual(['a', 'b', 'c']);
});

test('a low one that has waited long is next, even where higher ones come all the time', () => {
  const { order, waits } = line();
  waits('low', { priority: 1 });
  const seen: string[] = [];
  for (let minute = 0; minute < 12; minute += 1) {
    waits(`high ${minute}`, { priority: 9, sinceMs: minute * agedMs });
    seen.push(...turns(order, 1));
  }

  expect(seen.slice(0, 8)).toEqual(Array.from({ length: 8 }, (_, minute) => `high ${minute}`));
  // After eight minutes it is as urgent as a high one that comes then, and it was there first.
  expect(seen.indexOf('low')).toBe(8);
});

test('a tenant that comes late is next, whatever another one has waiting, and then they take turns', () => {
  const { order, waits } = line();
  for (let index = 0; index < 10_000; index += 1) waits(`a${index}`, { key: 'a' });
  expect(turns(order, 100).at(-1)).toBe('a99');
  for (const name of ['b0', 'b1', 'b2']) waits(name, { key: 'b' });

  expect(turns(order, 8)).toEqual(['b0', 'a100', 'b1', 'a101', 'b2', 'a102', 'a103', 'a104']);
});

test('a priority counts within a tenant, not between two', () => {
  const { order, waits } = line();
  for (let index = 0; index < 5; index += 1) waits(`a${index}`, { key: 'a', priority: 9 });
  for (const name of ['b low', 'b high']) waits(name, { key: 'b', priority: name === 'b low' ? 0 : 1 });

  expect(turns(order, 4)).toEqual(['a0', 'b high', 'a1', 'b low']);
});

test('a tenant that had nothing to do does not make up for it', () => {
  const { order, waits } = line();
  for (let index = 0; index < 50; index += 1) waits(`a${index}`, { key: 'a' });
  turns(order, 40);
  for (let index = 0; index < 10; index += 1) waits(`b${index}`, { key: 'b' });

  expect(turns(order, 10).filter((name) => name.startsWith('b'))).toHaveLength(5);
});

test('turns that are given and not used are taken back for who comes before them', () => {
  const { order, one, waits } = line();
  for (const name of ['x', 'y', 'z']) waits(name, { priority: 1 });
  const [first] = [order.take(), order.take()];
  order.used(first ?? one(''));
  waits('high', { priority: 9 });

  // x has used its turn, z has none yet.
  expect(order.overtaken()).toEqual([one('y')]);
  expect(turns(order)).toEqual(['high', 'y', 'z']);
});

test('no turn is taken back between those who are alike, whichever came a moment before', () => {
  const { order, waits } = line();
  for (const name of ['x', 'y']) waits(name, { sinceMs: 100 });
  order.take();
  order.take();
  waits('earlier', { sinceMs: 99 });

  expect(order.overtaken()).toEqual([]);
  expect(turns(order)).toEqual(['earlier']);
});

test('no turn is taken back for who would come after all that have one', () => {
  const { order, waits } = line();
  for (const name of ['x', 'y']) waits(name);
  order.take();
  waits('late');

  expect(order.overtaken()).toEqual([]);
});

test('a turn is taken back for another tenant as well, and counts for nobody then', () => {
  const { order, one, waits } = line();
  for (const name of ['a0', 'a1', 'a2', 'a3']) waits(name, { key: 'a' });
  for (const _ of [0, 1, 2]) order.take();
  order.used(one('a0'));
  waits('b0', { key: 'b' });

  expect(order.overtaken()).toEqual([one('a1'), one('a2')]);
  expect(turns(order)).toEqual(['b0', 'a1', 'a2', 'a3']);
});

test('who no longer waits gets no turn', () => {
  const { order, one, waits } = line();
  for (const name of ['x', 'y']) waits(name);
  order.delete(one('x'));

  expect(turns(order)).toEqual(['y']);
  expect(order.isEmpty()).toBe(true);
});
