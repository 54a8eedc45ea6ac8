// What the pages show must hold as it stands. Method: every YAML block of every page that is a definition is checked as
// `workflow check` does, with the actions that there are, and gives no error and, on the language page, no warning. Of
// what is shown as refused, each line has just the finding that it names.
import { describe, expect, test } from 'vitest';
import { checkText } from '../../../machines/language/check-text.ts';
import { formatProblem } from '../../../machines/language/problem.ts';
import type { KnownWorld } from '../../../machines/language/world/world.ts';
import { createActions } from '../../../src/actions/registry.ts';
import { pageDefinitions as shown, yamlBlocks } from '../../support/page-definitions.ts';

const world: KnownWorld = {
  actions: Object.fromEntries([...createActions()].map(([name, action]) => [name, action.known()])),
  principals: [
    { name: 'ana', level: 'L0' },
    { name: 'bob', level: 'L2' },
  ],
};

test('definitions are found on the pages', () => {
  expect(shown.filter(({ page }) => page === 'docs/language.md').length).toBeGreaterThanOrEqual(6);
  expect(shown.filter(({ page }) => page === 'README.md').length).toBeGreaterThanOrEqual(1);
  expect(new Set(shown.map(({ page }) => page)).size).toBeGreaterThanOrEqual(6);
});

describe('the definitions of the pages', () => {
  test.each(shown)('$page, block $index', ({ page, text }) => {
    const { problems } = checkText({ file: page, content: text, world });
    const isBad = (severity: string) => severity === 'error' || page === 'docs/language.md';
    expect(problems.filter(({ severity }) => isBad(severity)).map(formatProblem)).toEqual([]);
  });
});

test('a definition that is shown as refused has the findings that its lines name', () => {
  const [content = '', ...more] = yamlBlocks('docs/language.md', 'refused');
  const named = content.split('\n').flatMap((line, index) => {
    const [, code] = / # ([a-z-]+): /.exec(line) ?? [];
    return code === undefined ? [] : [`${index + 1} definition.${code}`];
  });
  const { problems } = checkText({ file: 'docs/language.md', content, world });

  expect(more).toEqual([]);
  expect(named.length).toBeGreaterThanOrEqual(5);
  expect(problems.map(({ line, code }) => `${line} ${code}`).sort()).toEqual([...named].sort());
});
