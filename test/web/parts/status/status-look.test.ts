// A status is told by shape and word as well as by colour, and one that nobody knows is shown all the same.
import { expect, test } from 'vitest';
import { ShownStatus } from '../../../../src/api/run.ts';
import { nextIndex } from '../../../../src/web/parts/roving.ts';
import { statusLook } from '../../../../src/web/parts/status/status-look.ts';

test('every status that a run shows has a look of its own', () => {
  const looks = ShownStatus.options.map((status) => statusLook(status));
  expect(looks.filter(({ glyph, hue }) => glyph === 'box' && hue === 'idle')).toEqual([]);
  expect(new Set(looks.map(({ word }) => word)).size).toBe(ShownStatus.options.length);
});

test('a status that nobody knows is a box with its own name', () => {
  expect(statusLook('HALF_DONE')).toEqual({ hue: 'idle', glyph: 'box', word: 'half done' });
});

test('arrow keys go round, other keys go nowhere', () => {
  expect(nextIndex('ArrowRight', { at: 2, of: 3 })).toBe(0);
  expect(nextIndex('ArrowLeft', { at: 0, of: 3 })).toBe(2);
  expect(nextIndex('End', { at: 0, of: 3 })).toBe(2);
  expect(nextIndex('a', { at: 0, of: 3 })).toBeUndefined();
});
