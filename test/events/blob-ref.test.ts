// A reference stands for a value, so nothing else may be taken for one.
import { expect, test } from 'vitest';
import { isBlobRef } from '../../events/blob-ref.ts';

const digest = 'a'.repeat(64);

test('a reference is a map with nothing but a digest and a size', () => {
  expect(isBlobRef({ $blob: { digest, bytes: 7 } })).toBe(true);
});

test.each([
  null,
  'text',
  [],
  {},
  [{ $blob: { digest, bytes: 7 } }],
  { $blob: digest },
  { $blob: { digest } },
  { $blob: { digest, bytes: -1 } },
  { $blob: { digest, bytes: 1.5 } },
  { $blob: { digest: digest.toUpperCase(), bytes: 7 } },
  { $blob: { digest: `${digest}a`, bytes: 7 } },
  { $blob: { digest, bytes: 7, more: 1 } },
  { $blob: { digest, bytes: 7 }, more: 1 },
  Object.create({ $blob: { digest, bytes: 7 } }),
])('%j is none', (value) => {
  expect(isBlobRef(value)).toBe(false);
});
