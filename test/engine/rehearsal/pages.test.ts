// What the pages show must run to the end that they tell. Method: every definition of a page is played through its
// scenarios as `workflow test` does; page-cases.txt holds what the texts around them say of single runs, as cases that
// are played on the real engine.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { testDefinition } from '../../../src/projections/definition/test-definition.ts';
import { failedScenarios } from '../../../src/projections/definition/tested-definition.ts';
import { pageDefinitions, yamlBlocks } from '../../support/page-definitions.ts';
import { loaded, problemsOf, rehearsals } from './page-cases.ts';

/** Enough for every way through what a page shows. */
const scenesMax = 1_000;

const shown = pageDefinitions.map((each) => ({
  ...each,
  name: `${each.page} ${/^ {2}id: (\S+)/m.exec(each.text)?.[1]}`,
}));

describe('no scenario of it fails, and some run completes', () => {
  test.each(shown)('$name, block $index', async ({ page, text }) => {
    const subject = { file: page, path: page, loaded: loaded(text, page), cases: [] };
    const tested = await testDefinition(subject, { rehearsals, scenesMax, now: () => 0 });

    expect(failedScenarios(tested).map(({ rehearsed }) => rehearsed)).toEqual([]);
    expect(tested.leftOut).toEqual([]);
    expect(tested.scenarios.map(({ scenario }) => scenario.end.status)).toContain('COMPLETED');
  });
});

/** `## page id` begins what a page says of the definition with that id. */
const told = readFileSync(new URL('page-cases.txt', import.meta.url), 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((section) => ({ name: section.split('\n', 1)[0] ?? '', cases: section.replace(/.*\n/, '') }));

describe('what the text says of a run comes to pass', () => {
  test.each(told)('$name', async ({ name, cases }) => {
    const found = shown.find((each) => each.name === name);

    expect(found, `no page shows ${name}`).toBeDefined();
    expect(await problemsOf(found?.text ?? '', cases)).toEqual([]);
  });

  test('every definition of the page of the language has a case', () => {
    const names = shown.filter(({ page }) => page === 'docs/language.md').map(({ name }) => name);

    expect(names.filter((name) => !told.some((each) => each.name === name))).toEqual([]);
  });

  test('the cases that docs/testing.md shows', async () => {
    const [shownCases = ''] = yamlBlocks('docs/testing.md').filter((block) => block.startsWith('test:'));
    const [head = '', cases = ''] = shownCases.split('  cases:\n');
    const file = `../../../definitions/${/definition: (\S+)/.exec(head)?.[1]}`;

    expect(
      await problemsOf(readFileSync(new URL(file, import.meta.url), 'utf8'), cases.replaceAll(/^ {4}/gm, '')),
    ).toEqual([]);
  });
});
