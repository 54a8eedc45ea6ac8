// Lines that GitHub Actions reads: ours say what GitHub then shows, whatever characters it has.
import { expect, test } from 'vitest';
import { annotation } from '../../../src/cli/check/annotations.ts';

test('a note without a line is a notice, and says nothing of a place', () => {
  expect(annotation({ severity: 'note', message: 'b, c: 100 %', file: 'a.yaml' })).toBe(
    '::notice file=a.yaml::b, c: 100 %25',
  );
});

test('a problem has its place, and characters that would end a part of the line are written otherwise', () => {
  const place = { file: 'a,b.yaml', line: 3, column: 5, code: 'x.y' };

  expect(annotation({ severity: 'error', message: 'one\r\ntwo', ...place })).toBe(
    '::error file=a%2Cb.yaml,line=3,col=5,title=x.y::one%0D%0Atwo',
  );
});
