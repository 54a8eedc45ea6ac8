// The oracle notices when the engine's own composition of regions differs from what XState makes of them. Method: the
// sources are copied with one change in what carries events from region to region, and the oracle is asked again.
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { bugs } from './bugs.ts';
import type { compareMany } from './oracle.ts';
import { palettes } from './palettes.ts';

const source = resolve(import.meta.dirname, '../../../..');
/** The oracle over sources with the change. */
async function oracleWith({ file, find, replace }: (typeof bugs)[number]): Promise<typeof compareMany> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-oracle-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const part of ['machines', 'events', 'test/support', 'test/machines/chart/statechart', 'package.json'])
    await cp(join(source, part), join(folder, part), { recursive: true });
  await symlink(join(source, 'node_modules'), join(folder, 'node_modules'));
  const text = await readFile(join(folder, file), 'utf8');
  expect(text.split(find)).toHaveLength(2);
  await writeFile(join(folder, file), text.replace(find, replace));
  const oracle = pathToFileURL(join(folder, 'test/machines/chart/statechart/oracle.ts')).href;
  const loaded: { readonly compareMany: typeof compareMany } = await import(/* @vite-ignore */ oracle);

  return loaded.compareMany;
}

test.each(bugs)('notices that $what', { timeout: 300_000 }, async (bug) => {
  const compare = await oracleWith(bug);
  const compareAll = () => {
    for (const [seed, { palette, depth }] of palettes.entries()) {
      compare({ definitions: 150, seed: seed + 1, palette, depth });
    }
  };

  expect(compareAll).toThrow(/engine .*\n?XState |the engine takes it, XState not/s);
});
