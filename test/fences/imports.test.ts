// Pins down the direction of imports: no cycles, no orphans, and who may know whom. Method: dependency-cruiser
// reads every TypeScript file, type imports counted; then it reads a planted tree in which every rule is broken
// once and must name each breach and nothing else, because a fence that cannot fail is none. From the same graph:
// nothing is left untested by oversight. The tests mirror the folders of the source, and every source file is
// imported, directly or through others, by at least one test.
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ICruiseResult } from 'dependency-cruiser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { differences, pictureOf } from './architecture-picture.ts';
import { importGraph, reachableFrom } from './import-graph.ts';
import { importRules } from './import-rules.ts';
import { expected, planted } from './planted-imports.ts';
import { root, sourceFiles, textOf } from './repository-files.ts';

/** Tested without being imported, or under another name: each with its reason. */
const excused: Readonly<Record<string, string>> = {
  'src/main.ts': 'the end-to-end tests start it as a user does, in a process of its own',
  'src/ports': 'interfaces: the suites of test/contract run on every implementation',
  'src/web': 'the tests of test/browser open every page of the built program in a real browser',
  'src/compose': 'the end-to-end tests and the tests of the CLI run the whole program',
};

const product = sourceFiles().filter((path) => /^(events|machines|src)\//.test(path));
const tests = sourceFiles().filter((path) => path.endsWith('.test.ts'));

let plantedRoot = '';
let graph: ICruiseResult;
/** Every file there is has to be read. */
const graphMsMax = 120_000;

beforeAll(async () => {
  graph = await importGraph(root);
  plantedRoot = await realpath(await mkdtemp(join(tmpdir(), 'planted-imports-')));
  for (const [path, text] of Object.entries(planted)) {
    await mkdir(dirname(join(plantedRoot, path)), { recursive: true });
    await writeFile(join(plantedRoot, path), text);
  }
}, graphMsMax);

afterAll(() => rm(plantedRoot, { recursive: true, force: true }));

test('every import of the repository keeps the direction of the design', () => {
  const { modules, summary } = graph;

  const seen = modules
    .map((module) => module.source)
    .filter((path) => /^(?!node_modules).*\.tsx?$/.test(path));
  expect([...seen].sort()).toEqual(sourceFiles());
  expect(summary.violations.map(explained)).toEqual([]);
});

test('every rule reports the violation planted for it, and nothing that is allowed', async () => {
  const { summary } = await importGraph(plantedRoot);

  expect(summary.violations.map(shown).sort()).toEqual([...expected].sort());
});

test('no rule is without a planted violation', () => {
  expect(expected.map((line) => line.split(':')[0]).sort()).toEqual(
    importRules.map((rule) => rule.name).sort(),
  );
});

test('the picture of docs/architecture.md has every room, and the arrows of the graph', () => {
  const imports = graph.modules.flatMap(({ source, dependencies }) =>
    dependencies.map(({ resolved }) => [source, resolved] as const),
  );

  expect(differences(pictureOf(textOf('docs/architecture.md')), product, imports)).toEqual([]);
});

test('every source file is reached by a test', () => {
  const reached = reachableFrom(tests, graph);

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

type Violation = ICruiseResult['summary']['violations'][number];

function shown({ rule, from, to }: Violation): string {
  return `${rule.name}: ${from} -> ${to}`;
}

function explained(violation: Violation): string {
  const comment = importRules.find((rule) => rule.name === violation.rule.name)?.comment ?? '';

  return `${shown(violation)}\n  ${comment}`;
}

function isExcused(path: string): boolean {
  return Object.keys(excused).some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
}

/** The folder whose tests answer for a file: `machines/run`, `engine`, `stores/jetstream`. */
function mirrored(path: string): string {
  const parts = path
    .replace(/^src\//, '')
    .split('/')
    .slice(0, -1);

  // A front end is tested as a whole, by what it answers.
  return parts.slice(0, /^(cli|http|terminal)$/.test(parts[0] ?? '') ? 1 : 2).join('/');
}
