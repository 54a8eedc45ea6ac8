// The leaf that everybody may import stays small enough to be known by heart. Method: count its lines.
import { expect, test } from 'vitest';
import { repositoryFiles, textOf } from '../fences/repository-files.ts';

const linesMax = 600;

test('all of src/lib has at most 600 lines', () => {
  const paths = repositoryFiles().filter((path) => path.startsWith('src/lib/'));
  const lines = paths.map((path) => textOf(path).split('\n').length - 1);

  expect(paths).not.toEqual([]);
  expect(lines.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(linesMax);
});
