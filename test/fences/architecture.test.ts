// Pins down that the pages for newcomers do not lie: the glossary says of each room what it holds, and gives each word
// one meaning; every path that is named exists. Method: read the pages, and planted ones to be sure. The picture of
// docs/architecture.md is compared with the import graph in imports.test.ts.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { differences, pictureOf } from './architecture-picture.ts';
import { repositoryFiles, root, textOf } from './repository-files.ts';

const pages = ['CONTRIBUTING.md', 'docs/architecture.md', 'docs/glossary.md'];
const product = repositoryFiles().filter((path) => /^(events|machines|src)\/.*\.tsx?$/.test(path));

test('the glossary tells of every room, and of no other', () => {
  const told = rowsOf(textOf('docs/glossary.md')).flatMap(([name = '']) => /^`(.+)`$/.exec(name)?.[1] ?? []);

  expect(told.toSorted()).toEqual([...new Set(product.flatMap(roomOf))].sort());
});

test('the glossary gives each word once', () => {
  const words = rowsOf(textOf('docs/glossary.md')).map(([word]) => word);

  expect(
    words.filter((word, at) => words.indexOf(word) !== at && !['word', 'room', '---'].includes(word ?? '')),
  ).toEqual([]);
});

test.each(pages)('every path that %s names exists', (page) => {
  expect(missingPaths(textOf(page))).toEqual([]);
});

test('a room, an arrow and a path that are not there are reported', () => {
  const planted = pictureOf(
    '  a["a: src/a"]\n  b["b: src/b"]\n  core["core: events"]\n\n  a --> b\n  b --> a\n',
  );
  const imports = [
    ['src/a/x.ts', 'src/b/y.ts'],
    ['src/b/y.ts', 'events/z.ts'],
    ['src/b/y.ts', 'src/c/new.ts'],
  ] as const;

  expect(differences(planted, ['src/a/x.ts', 'src/b/y.ts', 'src/c/new.ts', 'events/z.ts'], imports)).toEqual([
    'src/c/new.ts is in no room of the picture',
    'b --> a is drawn, and nothing there imports it',
  ]);
  expect(differences({ ...planted, arrows: [] }, [], imports)).toEqual([
    'a --> b is not drawn: src/a/x.ts imports src/b/y.ts',
  ]);
  expect(missingPaths('in `src/nowhere/file.ts` and `machines`')).toEqual(['src/nowhere/file.ts']);
});

/** The cells of every table row. */
function rowsOf(markdown: string): readonly (readonly string[])[] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** The folder that a reader would look for: two parts of the path, and three in the engine. */
function roomOf(file: string): readonly string[] {
  const folders = file.split('/').slice(0, -1);
  const depth = file.startsWith('src/engine/') ? 3 : 2;

  // src/main.ts only starts what src/compose puts together.
  return file === 'src/main.ts' ? [] : [folders.slice(0, depth).join('/')];
}

/** Paths in backquotes that lead nowhere. */
function missingPaths(markdown: string): readonly string[] {
  const named = [
    ...markdown.matchAll(
      /`((?:bench|definitions|docs|events|examples|machines|src|test)(?:\/[\w.-]+)*\/?)`/g,
    ),
  ];

  return named.map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)));
}
