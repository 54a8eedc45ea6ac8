// Pins down that a folder stays small enough to be read at a sight: at most 20 files, but for those that are named
// here because they wait to be divided; and that small files do not come back: what only its neighbour imports is a
// part of it. Method: count the files there are, and planted ones, because a fence that cannot fail is none.
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryFiles, textOf } from './repository-files.ts';

const filesMax = 20;
/** Together they would still be a file that is read at one sight. */
const linesMax = 300;
/** Not divided yet: each may shrink, none may grow. */
const toDivide: Readonly<Record<string, number>> = {};
/** Files that only their neighbour imports and that are not merged yet: names that clash, pages that load lazily. */
const crumbsMax = 51;

const product = repositoryFiles().filter((path) => /^(events|machines|src)\/.*\.tsx?$/.test(path));

test('a folder holds at most 20 files, or is named as one that waits to be divided', () => {
  expect(tooFlat(product, toDivide)).toEqual([]);
});

test('no folder is named longer than it needs to be', () => {
  const small = Object.keys(toDivide).filter((folder) => (counted(product).get(folder) ?? 0) <= filesMax);

  expect(small).toEqual([]);
});

test('files that only a neighbour imports do not become more', () => {
  const found = crumbs(new Map(product.map((path) => [path, textOf(path)])));

  expect(found.length, found.join('\n')).toBeLessThanOrEqual(crumbsMax);
});

test('a folder of 21 files, and one that grew, are reported', () => {
  const planted = [...Array(21).keys()].map((at) => `src/flat/file-${at}.ts`);

  expect(tooFlat(planted, {})).toEqual(['src/flat holds 21 files, at most 20']);
  expect(tooFlat(planted, { 'src/flat': 21 })).toEqual([]);
  expect(tooFlat(planted.slice(0, 20), {})).toEqual([]);
});

test('a small file with one importer beside it is reported, one with two or from elsewhere is not', () => {
  const planted = new Map([
    ['src/a/main.ts', "import { b } from './crumb.ts';\nimport { c } from './shared.ts';\n"],
    ['src/a/other.ts', "import { c } from './shared.ts';\n"],
    ['src/a/crumb.ts', 'export const b = 1;\n'],
    ['src/a/shared.ts', "import { d } from '../b/far.ts';\n"],
    ['src/b/far.ts', 'export const d = 1;\n'],
  ]);

  expect(crumbs(planted)).toEqual(['src/a/crumb.ts <- src/a/main.ts']);
});

function counted(paths: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);

  return counts;
}

function tooFlat(paths: readonly string[], allowed: Readonly<Record<string, number>>): readonly string[] {
  return [...counted(paths)]
    .map(([folder, count]) => ({ folder, count, max: allowed[folder] ?? filesMax }))
    .filter(({ count, max }) => count > max)
    .map(({ folder, count, max }) => `${folder} holds ${count} files, at most ${max}`);
}

/** `file <- its one importer`, of a tree of path and text. */
function crumbs(texts: ReadonlyMap<string, string>): readonly string[] {
  const importers = new Map<string, Set<string>>();
  for (const [path, text] of texts) {
    for (const [, name = ''] of text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)) {
      const target = join(dirname(path), name);
      importers.set(target, (importers.get(target) ?? new Set()).add(path));
    }
  }
  const lines = (path: string): number => (texts.get(path) ?? '').split('\n').length - 1;

  return [...texts.keys()].flatMap((path) => {
    const [only, ...others] = importers.get(path) ?? [];
    if (only === undefined || others.length > 0 || dirname(only) !== dirname(path)) return [];

    return lines(path) + lines(only) < linesMax ? [`${path} <- ${only}`] : [];
  });
}
