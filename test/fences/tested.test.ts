// Pins down that nothing is left untested by oversight. Method: the tests mirror the folders of the source, and
// every source file is imported, directly or through others, by at least one test.
import { expect, test } from 'vitest';
import { importGraph, reachableFrom } from './import-graph.ts';
import { root, sourceFiles, textOf } from './repository-files.ts';

/** Tested without being imported, or under another name: each with its reason. */
const excused: Readonly<Record<string, string>> = {
  'src/main.ts': 'the end-to-end tests start it as a user does, in a process of its own',
  'src/ports': 'interfaces: the suites of test/contract run on every implementation',
  'src/compose': 'the end-to-end tests and the tests of the CLI run the whole program',
};

const product = sourceFiles().filter((path) => /^(events|machines|src)\//.test(path));
const tests = sourceFiles().filter((path) => path.endsWith('.test.ts'));

test('every source file is reached by a test', async () => {
  const reached = reachableFrom(tests, await importGraph(root));

  expect(product.filter((path) => !reached.has(path) && !isExcused(path))).toEqual([]);
});

test('every folder with logic has its tests at the same place under test/', () => {
  const folders = new Set(product.filter((path) => textOf(path).includes('=>')).map(mirrored));

  const untested = [...folders].filter((folder) => !tests.some((path) => path.startsWith(`test/${folder}`)));
  expect(untested.filter((folder) => !isExcused(`src/${folder}`))).toEqual([]);
});

test('no excuse outlives its reason to be', () => {
  const gone = Object.keys(excused).filter((path) => !product.some((file) => file.startsWith(path)));

  expect(gone).toEqual([]);
});

function isExcused(path: string): boolean {
  return Object.keys(excused).some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
}

/** The folder whose tests answer for a file: `machines/run`, `engine`, `adapters/jetstream`. */
function mirrored(path: string): string {
  const parts = path
    .replace(/^src\//, '')
    .split('/')
    .slice(0, -1);

  return parts.slice(0, 2).join('/');
}
