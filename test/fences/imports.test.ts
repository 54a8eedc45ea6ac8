// Pins down the direction of imports: no cycles, no orphans, and who may know whom. Method: dependency-cruiser
// reads every TypeScript file, type imports counted; then it reads a planted tree in which every rule is broken
// once and must name each breach and nothing else, because a fence that cannot fail is none.
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ICruiseResult } from 'dependency-cruiser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importGraph } from './import-graph.ts';
import { importRules } from './import-rules.ts';
import { expected, planted } from './planted-imports.ts';
import { root, sourceFiles } from './repository-files.ts';

let plantedRoot = '';

beforeAll(async () => {
  plantedRoot = await realpath(await mkdtemp(join(tmpdir(), 'planted-imports-')));
  for (const [path, text] of Object.entries(planted)) {
    await mkdir(dirname(join(plantedRoot, path)), { recursive: true });
    await writeFile(join(plantedRoot, path), text);
  }
});

afterAll(() => rm(plantedRoot, { recursive: true, force: true }));

test('every import of the repository keeps the direction of the design', async () => {
  const { modules, summary } = await importGraph(root);

  const seen = modules.map((module) => module.source).filter((path) => /^(?!node_modules).*\.ts$/.test(path));
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

type Violation = ICruiseResult['summary']['violations'][number];

function shown({ rule, from, to }: Violation): string {
  return `${rule.name}: ${from} -> ${to}`;
}

function explained(violation: Violation): string {
  const comment = importRules.find((rule) => rule.name === violation.rule.name)?.comment ?? '';

  return `${shown(violation)}\n  ${comment}`;
}
