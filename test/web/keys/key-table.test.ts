// Keys that are one press, keys that are two, and presses that mean nothing.
import { expect, test } from 'vitest';
import { type KeyBinding, pressed } from '../../../src/web/keys/key-table.ts';

const key = (keys: string): KeyBinding => ({ keys, what: keys, act: () => undefined });
const runs = key('g r');
const row = key('j');

test('two keys one after the other mean one thing', () => {
  const first = pressed([runs, row], '', 'g');
  expect(first).toEqual({ pending: 'g' });
  expect(pressed([runs, row], first.pending, 'r')).toEqual({ pending: '', binding: runs });
});

test('a second key that means nothing after the first means what it means alone', () => {
  expect(pressed([runs, row], 'g', 'j')).toEqual({ pending: '', binding: row });
});

test('a key that nobody bound means nothing', () => {
  expect(pressed([runs, row], '', 'r')).toEqual({ pending: '' });
});

test('what was bound last counts', () => {
  const later = key('j');
  expect(pressed([row, later], '', 'j').binding).toBe(later);
});
