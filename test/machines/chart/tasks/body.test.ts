import { expect, test } from 'vitest';
import type { Body } from '../../../../machines/chart/run/run-state.ts';
import {
  emptyBody,
  itemAt,
  itemsOf,
  openNext,
  passOutput,
  withBodyItem,
} from '../../../../machines/chart/tasks/body.ts';

const opened = (count: number): Body =>
  Array.from({ length: count }).reduce<Body>((body) => openNext(body, {}), emptyBody());

test('passes are found by their places, however many there are, and nothing is found elsewhere', () => {
  const body = withBodyItem(opened(200), 130, { state: 'completed', output: 'here' });

  expect(itemAt(body, 130)).toEqual({ state: 'completed', output: 'here' });
  expect(itemAt(body, 129)).toEqual({ state: 'open', tasks: {} });
  expect([itemAt(body, 200), itemAt(body, 10_000), itemAt(emptyBody(), 0)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('all passes come in their order; those that are no longer kept are left out, and keep their places', () => {
  const body = withBodyItem(withBodyItem(opened(130), 0, null), 128, null);
  const places = [...itemsOf(body)].map(([index]) => index);

  expect(places).toHaveLength(128);
  expect([places[0], places[126], places[127]]).toEqual([1, 127, 129]);
});

test('a change copies what it changes and leaves the body before as it was', () => {
  const before = opened(200);
  const after = withBodyItem(before, 70, null);

  expect(itemAt(before, 70)).toBeDefined();
  expect(after.chunks[0]).toBe(before.chunks[0]);
  expect(after.chunks[1]).not.toBe(before.chunks[1]);
});

test('a pass of one task gives its output, of several those of the completed ones by their ids', () => {
  const done = (output?: number) => ({
    state: 'completed',
    attempt: 1,
    ...(output === undefined ? {} : { output }),
  });

  expect(passOutput({ a: done(1) })).toBe(1);
  expect(passOutput({ a: { state: 'skipped', attempt: 0 } })).toBeNull();
  expect(passOutput({ a: done(1), b: { state: 'skipped', attempt: 0 }, c: done() })).toEqual({
    a: 1,
    c: null,
  });
});
