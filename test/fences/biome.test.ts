// Pins down that every lint rule we rely on really reports. Method: one breach per file in a temporary copy of the
// repository's configuration, one run of Biome over all of them, and for each file the exact list of its findings.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { planted } from './planted-lint.ts';
import { root, textOf } from './repository-files.ts';

const run = promisify(execFile);
const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
const Report = z.object({
  diagnostics: z.array(z.object({ category: z.string(), location: z.object({ path: z.string() }) })),
});

let copy = '';

beforeAll(async () => {
  copy = await realpath(await mkdtemp(join(tmpdir(), 'planted-lint-')));
  for (const path of ['biome.json', '.gitignore', 'test/fences/no-present.grit']) {
    await cp(join(root, path), join(copy, path));
  }
  for (const [path, { text }] of Object.entries(planted)) {
    await mkdir(dirname(join(copy, path)), { recursive: true });
    await writeFile(join(copy, path), text);
  }
});

afterAll(() => rm(copy, { recursive: true, force: true }));

test('every rule reports the violation planted for it, and nothing else', async () => {
  const found = await findings();

  const wanted = Object.entries(planted).map(([path, { rule }]) => [path, rule === '' ? [] : [rule]]);
  const reported = Object.keys(planted).map((path) => [path, found.get(path) ?? []]);
  expect(Object.fromEntries(reported)).toEqual(Object.fromEntries(wanted));
});

test('no rule that we switched on is without a planted violation', () => {
  const switchedOn = [...textOf('biome.json').matchAll(/"((?:no|use)[A-Z]\w+)": (?!"off")/g)].map(
    ([, name]) => name,
  );
  const settings = new Set(['useIgnoreFile']);

  const plantedRules = new Set(Object.values(planted).map(({ rule }) => rule.split('/').at(-1)));
  expect(switchedOn.length).toBeGreaterThan(10);
  expect(switchedOn.filter((name) => !plantedRules.has(name) && !settings.has(name ?? ''))).toEqual([]);
});

/** What Biome finds in the copy: path -> rules. */
async function findings(): Promise<ReadonlyMap<string, readonly string[]>> {
  const options = ['check', '--reporter=json', '--max-diagnostics=none', '.'];
  // Biome ends with an error when it finds something, which is what we came for.
  const { stdout } = await run(process.execPath, [biome, ...options], {
    cwd: copy,
    maxBuffer: 1 << 26,
  }).catch((failed: unknown) => z.object({ stdout: z.string() }).parse(failed));
  const found = new Map<string, string[]>();
  for (const { category, location } of Report.parse(JSON.parse(stdout)).diagnostics) {
    found.set(location.path, [...(found.get(location.path) ?? []), category]);
  }

  return found;
}
