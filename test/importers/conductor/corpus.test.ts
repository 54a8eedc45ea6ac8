// Definitions that nobody here wrote: what the import makes of every one of them is a page that can be read, and our
// own checker finds nothing wrong with any. Method: import all, compare the page with the one that was agreed on.
import { expect, test } from 'vitest';
import type { ImportedDefinition } from '../../../src/ports/definitions/definition-import.ts';
import { imported, jsonFiles, netflixFolder, readFixture } from './conductor-fixtures.ts';

const files = jsonFiles(netflixFolder);
const all = files.flatMap((file) =>
  imported(readFixture(file, netflixFolder)).map((definition) => ({ file, definition })),
);

test('our checker accepts what becomes of every definition of Netflix', () => {
  expect(files.length).toBeGreaterThan(65);
  expect(
    all.flatMap(({ file, definition }) => definition.problems.map(({ message }) => `${file}: ${message}`)),
  ).toEqual([]);
});

test('how much of each definition was kept is known, file by file', async () => {
  const rows = all.map(({ file, definition }) => `| ${file} | ${definition.name} | ${verdict(definition)} |`);
  const fully = all.filter(({ definition }) => verdict(definition).startsWith('fully')).length;
  const noted = all.filter(({ definition }) => verdict(definition).startsWith('with notes')).length;
  const page = [
    `${all.length} definitions in ${files.length} files: ${fully} fully, ${noted} with notes, ${all.length - fully - noted} with losses.`,
    '',
    '| file | definition | converted |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');

  await expect(page).toMatchFileSnapshot(`${netflixFolder}RESULTS.md`);
});

test('the same text always gives the same definition', () => {
  const again = files.flatMap((file) => imported(readFixture(file, netflixFolder)));

  expect(again.map(({ yaml }) => yaml)).toEqual(all.map(({ definition }) => definition.yaml));
});

test('whatever is lost or doubtful is said in the definition itself', () => {
  for (const { definition } of all) {
    const said = definition.yaml.match(/^\s*# (LOSS|WARNING) /gm)?.length ?? 0;
    const entries = definition.entries.filter(({ severity }) => severity !== 'info');
    expect({ name: definition.name, said }).toEqual({ name: definition.name, said: entries.length });
  }
});

function verdict({ entries }: ImportedDefinition): string {
  const losses = entries.filter(({ severity }) => severity === 'loss');
  const warnings = entries.filter(({ severity }) => severity === 'warning');
  const named = (list: typeof entries): string =>
    [...new Set(list.map(({ construct }) => `\`${construct}\``))].join(', ');
  if (losses.length > 0) return `with losses: ${named(losses)}`;

  return warnings.length === 0 ? 'fully' : `with notes: ${named(warnings)}`;
}
