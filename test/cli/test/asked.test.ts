// What is asked of `workflow test`: every wrong option is refused with its value, and no definition is written over.
import { expect, test } from 'vitest';
import { readFlags } from '../../../src/cli/test/asked.ts';

const scenesMax = '20000';

test.each([
  [{ scenesMax, minCoverage: '101' }, '--min-coverage 101'],
  [{ scenesMax, minCoverage: 'all' }, '--min-coverage all'],
  [{ scenesMax: '0' }, '--scenes-max 0'],
  [{ scenesMax: '1.5' }, '--scenes-max 1.5'],
  [{ scenesMax, emit: ['jest'] }, '--emit jest'],
])('%j is refused', (flags, message) => {
  expect(() => readFlags(flags)).toThrow(message);
});

test('a name behind --emit vitest is a file for tests only where it ends like one', () => {
  const read = (...emit: readonly string[]) => {
    const { emit: file, names } = readFlags({ scenesMax, emit });
    return { file, names };
  };

  expect(read('vitest')).toEqual({ file: 'stdout', names: [] });
  expect(read('vitest', 'a.test.ts')).toEqual({ file: 'a.test.ts', names: [] });
  expect(read('vitest', 'a.test.mjs', 'b.yaml')).toEqual({ file: 'a.test.mjs', names: ['b.yaml'] });
  expect(read('vitest', 'b.yaml')).toEqual({ file: 'stdout', names: ['b.yaml'] });
});
