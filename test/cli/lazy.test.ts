// The command has to answer `--help` at once, so nothing heavy may be loaded before a command is called. Method: the
// imports that load something are followed from the entry point, without those inside functions.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('starting up loads no package but commander', () => {
  const files = new Set<string>();
  const packages = new Set<string>();
  follow(new URL('../../src/main.ts', import.meta.url), files, packages);
  expect([...packages].sort()).toEqual(['commander']);
  expect([...files].filter((file) => /engine|machines|events/.test(file))).toEqual([]);
  expect(files.size).toBeGreaterThan(8);
});

function follow(file: URL, files: Set<string>, packages: Set<string>): void {
  if (files.has(file.pathname)) return;
  files.add(file.pathname);
  const text = readFileSync(file, 'utf8');
  for (const [, from = ''] of text.matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from '([^']+)';/gm)) {
    if (from.startsWith('.')) follow(new URL(from, file), files, packages);
    else if (!from.startsWith('node:')) packages.add(from);
  }
}
