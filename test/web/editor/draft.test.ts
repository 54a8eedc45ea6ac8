import { expect, test } from 'vitest';
import { dropDraft, keepDraft, readDraft } from '../../../src/web/editor/draft.ts';
import type { BrowserStore } from '../../../src/web/parts/browser-store.ts';

function storeOf(kept = new Map<string, string>()): BrowserStore {
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

test('a draft is found again under its definition, and under no other', () => {
  const store = storeOf();
  keepDraft(store, 'orders', { text: 'workflow:\n', at: 1_000 });

  expect(readDraft(store, 'orders')).toEqual({ text: 'workflow:\n', at: 1_000 });
  expect(readDraft(store, 'returns')).toBeUndefined();
});

test('a draft that was dropped is gone', () => {
  const store = storeOf();
  keepDraft(store, 'orders', { text: 'a', at: 1 });
  dropDraft(store, 'orders');

  expect(readDraft(store, 'orders')).toBeUndefined();
});

test('says so when the browser keeps nothing', () => {
  const full: BrowserStore = {
    ...storeOf(),
    setItem: () => {
      throw new Error('QuotaExceededError');
    },
  };

  expect(keepDraft(full, 'orders', { text: 'a', at: 1 })).toBe(false);
  expect(keepDraft(undefined, 'orders', { text: 'a', at: 1 })).toBe(false);
});

test('what is no draft is passed over', () => {
  expect(readDraft(storeOf(new Map([['draft:orders', '{"text":5}']])), 'orders')).toBeUndefined();
  expect(readDraft(storeOf(new Map([['draft:orders', '{']])), 'orders')).toBeUndefined();
});
