// Pins down that a folder stays small enough to be read at a sight: at most 20 files; that small files do not come
// back: what only its neighbour imports is a part of it; and that an exported name stands in one file. Method: count
// the files there are, and planted ones, because a fence that cannot fail is none.
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryFiles, textOf } from './repository-files.ts';

const filesMax = 20;
/** Together they would still be a file that is read at one sight. */
const linesMax = 300;
/** Those that stay: one action a file, what `app.ts` loads when needed, what tests read without a browser. */
const crumbsMax = 19;

const product = repositoryFiles().filter((path) => /^(events|machines|src)\/.*\.tsx?$/.test(path));

test('a folder holds at most 20 files', () => {
  expect(tooFlat(product)).toEqual([]);
});

test('files that only a neighbour imports do not become more', () => {
  const found = crumbs(new Map(product.map((path) => [path, textOf(path)])));

  expect(found.length, found.join('\n')).toBeLessThanOrEqual(crumbsMax);
});

test('an exported name stands in one file of src or of machines', () => {
  expect(namedTwice(new Map(product.map((path) => [path, textOf(path)])))).toEqual([]);
});

test('a name that two files of src export is reported, a schema and its type in one file are not', () => {
  const planted = new Map([
    ['src/a/one.ts', 'export type Report = { readonly a: 1 };\n'],
    ['src/b/two.ts', 'export function Report() {}\n'],
    ['src/b/own.ts', 'export const Own = z.object({});\nexport type Own = z.output<typeof Own>;\n'],
    ['machines/a/one.ts', 'export type Report = 1;\n'],
  ]);

  expect(namedTwice(planted)).toEqual(['Report: src/a/one.ts src/b/two.ts']);
});

test('a folder of 21 files is reported', () => {
  const planted = [...Array(21).keys()].map((at) => `src/flat/file-${at}.ts`);

  expect(tooFlat(planted)).toEqual(['src/flat holds 21 files, at most 20']);
  expect(tooFlat(planted.slice(0, 20))).toEqual([]);
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

function tooFlat(paths: readonly string[]): readonly string[] {
  return [...counted(paths)]
    .filter(([, count]) => count > filesMax)
    .map(([folder, count]) => `${folder} holds ${count} files, at most ${filesMax}`);
}

/** `name: file file`, of names that more than one file under the same top folder exports. */
function namedTwice(texts: ReadonlyMap<string, string>): readonly string[] {
  const files = new Map<string, Set<string>>();
  for (const [path, text] of texts) {
    for (const [, name = ''] of text.matchAll(
      /^export (?:async )?(?:function\*?|const|class|type|interface) (\w+)/gm,
    )) {
      const key = `${path.split('/')[0]} ${name}`;
      files.set(key, (files.get(key) ?? new Set()).add(path));
    }
  }

  return [...files]
    .filter(([, where]) => where.size > 1)
    .map(([key, where]) => `${key.split(' ')[1]}: ${[...where].sort().join(' ')}`);
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
