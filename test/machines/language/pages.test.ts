// What the pages show must hold as it stands. Method: every YAML block of every page that is a definition is checked as
// `workflow check` does, with the actions that there are, and gives no error and, on the language page, no warning.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkText } from '../../../machines/language/check-text.ts';
import { formatProblem } from '../../../machines/language/problem.ts';
import { createActions } from '../../../src/actions/registry.ts';

const root = new URL('../../../', import.meta.url);
const world = {
  actions: Object.fromEntries([...createActions()].map(([name, action]) => [name, action.known()])),
};

function blocksOf(page: string): readonly string[] {
  const text = readFileSync(new URL(page, root), 'utf8');

  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
}

/** A list of tasks stands for a definition with these tasks: a page need not repeat the rest. */
function definitionIn(block: string): string | undefined {
  if (/^workflow:/m.test(block)) return block;
  if (!/^- (\{ ?)?id:/.test(block)) return undefined;
  const lines = block.split('\n').map((line) => `    ${line}`);

  return `workflow:\n  id: shown\n  version: 1\n  tasks:\n${lines.join('\n')}\n`;
}

const pages = [
  'README.md',
  ...readdirSync(new URL('docs/', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const shown = pages.flatMap((page) =>
  blocksOf(page).flatMap((block, index) => {
    const text = definitionIn(block);
    return text === undefined ? [] : [{ page, index, text, isPart: text !== block }];
  }),
);

test('definitions are found on the pages', () => {
  expect(shown.filter(({ page }) => page === 'docs/language.md').length).toBeGreaterThanOrEqual(6);
  expect(shown.filter(({ page }) => page === 'README.md').length).toBeGreaterThanOrEqual(1);
  expect(new Set(shown.map(({ page }) => page)).size).toBeGreaterThanOrEqual(6);
});

describe('the definitions of the pages', () => {
  test.each(shown)('$page, block $index', ({ page, text, isPart }) => {
    const found = checkText({ file: page, content: text, world }).problems;
    // What a part of a definition reads may stand in the rest of it.
    const problems = isPart ? found.filter(({ message }) => !/^no (task|input)/.test(message)) : found;
    const isBad = (severity: string) => severity === 'error' || page === 'docs/language.md';
    expect(problems.filter(({ severity }) => isBad(severity)).map(formatProblem)).toEqual([]);
  });
});
