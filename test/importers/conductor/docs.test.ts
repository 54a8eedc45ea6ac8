// The page about the import names types of tasks; each of them is in a definition that the tests convert.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fixtureFolder, jsonFiles, readFixture } from './conductor-fixtures.ts';

const page = readFileSync(new URL('../../../docs/import.md', import.meta.url), 'utf8');
const table = page.slice(page.indexOf('## Tasks'), page.indexOf('## Names and values'));
const types = [...table.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, type]) => type ?? '');
const fixtures = jsonFiles(fixtureFolder)
  .map((file) => readFixture(file))
  .join('\n');

test('the page is about every type that Conductor has had', () => {
  expect(types.length).toBeGreaterThan(20);
});

test.each(types)('%s is in a definition that is converted', (type) => {
  expect(fixtures).toContain(`"type": "${type}"`);
});
