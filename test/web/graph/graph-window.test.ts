import { expect, test } from 'vitest';
import { nudge, partInView } from '../../../src/web/graph/graph-window.ts';

const frame = { width: 800, height: 400 };

test('a picture that can be read whole is shown whole', () => {
  expect(partInView({ bounds: { x: 0, y: 0, width: 1_200, height: 300 }, frame, at: undefined })).toBe(
    undefined,
  );
});

test('one that is too wide begins at its beginning, level with its middle', () => {
  const bounds = { x: 0, y: 0, width: 4_000, height: 300 };

  expect(partInView({ bounds, frame, at: undefined })).toEqual({ zoom: 0.8, x: 24, y: 80 });
});

test('where the run is stands in the middle, but no emptiness behind the last box', () => {
  const bounds = { x: 0, y: 0, width: 4_000, height: 300 };
  const middle = partInView({ bounds, frame, at: { x: 1_900, y: 100, width: 200, height: 44 } });
  const end = partInView({ bounds, frame, at: { x: 3_800, y: 100, width: 200, height: 44 } });

  expect(middle?.x).toBe(400 - 2_000 * 0.8);
  expect(end?.x).toBe(800 - 24 - 4_000 * 0.8);
});

test('a box that the keyboard reaches is moved into the frame, and one that is there is left', () => {
  const size = { width: 100, height: 40 };

  expect(nudge({ x: 300, y: 100, ...size }, frame)).toEqual({ x: 0, y: 0 });
  expect(nudge({ x: 900, y: -50, ...size }, frame)).toEqual({ x: 800 - 24 - 1_000, y: 74 });
});
