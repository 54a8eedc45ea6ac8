// The command has to answer `--help` at once, and `check` soon, so nothing may be loaded before it is needed. Method:
// the imports that load something are followed from the files that a command line begins with, without those inside
// functions. The bundle makes few files of these modules: test/e2e/loaded-files.test.ts counts those of real processes.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('starting up loads no package but commander', () => {
  const files = new Set<string>();
  const packages = new Set<string>();
  follow(source('main.ts'), files, packages);
  expect([...packages].sort()).toEqual(['commander']);
  expect([...files].filter((file) => /\/(engine|machines|events)\//.test(file))).toEqual([]);
  expect(files.size).toBeGreaterThan(8);
});

test('workflow check loads at most 199 modules, and neither the prover nor the machines of a run', () => {
  const files = new Set<string>();
  for (const path of ['main.ts', 'cli/invocation.ts', 'cli/commands/definitions/check.ts'])
    follow(source(path), files, new Set());
  expect(
    [...files].filter((file) => /machines\/(prover|run|audit)\/|src\/(engine|stores)\//.test(file)),
  ).toEqual([]);
  expect(files.size).toBeGreaterThan(50);
  expect(files.size).toBeLessThanOrEqual(199);
});

test('the lines of runs are read by nothing that reads a definition, folds a run or starts a server', () => {
  const files = new Set<string>();
  const packages = new Set<string>();
  for (const path of [
    ...['main.ts', 'cli/invocation.ts', 'cli/commands/runs/list.ts', 'cli/commands/runs/status.ts'],
    ...['compose/session/open-current-runs.ts', 'stores/sqlite/open-run-index.ts'],
  ])
    follow(source(path), files, packages);
  expect(
    [...packages].filter((each) => /xstate|cel-js|re2js|js-yaml|execa|croner|string-width/.test(each)),
  ).toEqual([]);
  expect([...files].filter((file) => /load-definition|record\/fold|provision-server/.test(file))).toEqual([]);
  expect([...packages]).toContain('@nats-io/transport-node');
});

function source(path: string): URL {
  return new URL(`../../src/${path}`, import.meta.url);
}

function follow(file: URL, files: Set<string>, packages: Set<string>): void {
  if (files.has(file.pathname)) return;
  files.add(file.pathname);
  const text = readFileSync(file, 'utf8');
  for (const [, from = ''] of text.matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from '([^']+)';/gm)) {
    if (from.startsWith('.')) follow(new URL(from, file), files, packages);
    else if (!from.startsWith('node:')) packages.add(from);
  }
}
