import { expect, test } from 'vitest';
import { type Imported, importVerdict } from '../../../src/web/editor/import-words.ts';

const entry: Imported['entries'][number] = {
  severity: 'loss',
  path: '/tasks/0',
  construct: 'rateLimited',
  reason: 'there is no equivalent',
};

test('says how much of a definition has no equivalent', () => {
  expect(importVerdict({ entries: [], problems: [] })).toBe('Everything has an equivalent.');
  expect(importVerdict({ entries: [{ ...entry, severity: 'info' }], problems: [] })).toBe(
    'Everything has an equivalent.',
  );
  const problem = { code: 'definition.unknown-key', severity: 'error', message: 'no', path: '' } as const;
  expect(
    importVerdict({ entries: [entry, entry, { ...entry, severity: 'warning' }], problems: [problem] }),
  ).toBe('2 losses, 1 warning, 1 error of our checker.');
});
