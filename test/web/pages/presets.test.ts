// Inputs that are kept under a name in the browser: without secrets, and whatever stands in the browser's store.
import { expect, test } from 'vitest';
import type { FormField } from '../../../src/api/people.ts';
import { readPresets, withPreset, writePresets } from '../../../src/web/pages/start/presets.ts';

const fields: readonly FormField[] = [
  { name: 'name', required: true, type: 'string' },
  { name: 'token', required: true, type: 'string', secret: true },
];

function createStore(texts: Readonly<Record<string, string>> = {}) {
  const kept = new Map(Object.entries(texts));

  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
  };
}

test('a preset is there again for its definition and for no other, and holds no secret', () => {
  const store = createStore();
  const presets = withPreset([], { name: 'Monday', input: { name: 'Ada', token: 'hush' } }, fields);
  expect(writePresets(store, 'orders', presets)).toBe(true);

  expect(readPresets(store, 'orders')).toEqual([{ name: 'Monday', input: { name: 'Ada' } }]);
  expect(readPresets(store, 'others')).toEqual([]);
});

test('the same name is kept once, and of too many the oldest goes', () => {
  const many = Array.from({ length: 20 }, (_, index) => ({ name: `p${index}`, input: {} }));
  const again = withPreset(many, { name: 'p3', input: { name: 'Bob' } }, fields);
  expect(again).toHaveLength(20);
  expect(again.at(-1)).toEqual({ name: 'p3', input: { name: 'Bob' } });

  const more = withPreset(many, { name: 'new', input: {} }, fields);
  expect([more.length, more[0]?.name, more.at(-1)?.name]).toEqual([20, 'p1', 'new']);
});

test('what somebody else put there counts as none, and a browser that keeps nothing says so', () => {
  for (const text of ['{broken', '{}', '[1, {"name": "x"}, {"name": 1, "input": {}}]'])
    expect(readPresets(createStore({ '3ox-presets:orders': text }), 'orders')).toEqual([]);
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new Error('full');
    },
  };
  expect(writePresets(full, 'orders', [])).toBe(false);
  expect(writePresets(undefined, 'orders', [])).toBe(false);
  expect(readPresets(undefined, 'orders')).toEqual([]);
});
