import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import {
  emptyDefinition,
  freeId,
  idIn,
  textWithVersion,
  withId,
} from '../../../src/web/editor/definition-head.ts';

const text = '# Orders.\nworkflow:\n  id: orders # ours\n  version: 3 # since May\n  tasks:\n    - id: pay\n';

test('a copy has another id, and every task keeps its own', () => {
  expect(withId(text, 'orders-copy')).toBe(text.replace('orders # ours', 'orders-copy'));
});

test('a version is written in place of the old one, and its comment stays', () => {
  expect(textWithVersion(text, 4)).toContain('  version: 4 # since May\n');
});

test('reads the id without its comment, and none from a text that has none', () => {
  expect(idIn(text)).toBe('orders');
  expect(idIn('workflow:\n')).toBeUndefined();
});

test('a copy takes an id that nobody has', () => {
  expect(freeId('orders', new Set(['orders']))).toBe('orders-copy');
  expect(freeId('orders', new Set(['orders', 'orders-copy', 'orders-copy-2']))).toBe('orders-copy-3');
});

test('what an empty editor begins with is a definition without a problem', () => {
  expect(loadDefinition({ content: emptyDefinition, file: 'new.yaml' })).toMatchObject({ ok: true });
});
