// What the pages show must load as it stands. Method: every YAML block of the language page and the README is loaded,
// and gives neither a problem nor, on the language page, a warning.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { formatProblem } from '../../../machines/language/problem.ts';

describe.each([
  ['docs/language.md', 6],
  ['README.md', 1],
])('the examples of %s', (page, least) => {
  const text = readFileSync(new URL(`../../../${page}`, import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => match[1] ?? '');

  test('are found', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(least);
  });

  test.each(blocks)('load: %s', (content) => {
    const result = loadDefinition({ file: page, content });
    expect((result.ok ? [] : result.problems).map(formatProblem)).toEqual([]);
    if (page === 'docs/language.md' && result.ok) expect(result.warnings.map(formatProblem)).toEqual([]);
  });
});
