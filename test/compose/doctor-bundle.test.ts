// What the doctor says of the current bundle and of the folder that it is asked in. Method: a store in memory, folders.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleHash } from '../../machines/bundle.ts';
import { sha256Hex } from '../../machines/hash.ts';
import { bundleLines } from '../../src/compose/doctor/doctor-bundle.ts';
import { unpackBundle } from '../../src/project/bundle-folder.ts';
import { createMemoryBundleStore } from '../../src/stores/memory/bundle-store.ts';
import { exampleBundle, publication } from '../contract/bundle-store-contract.ts';
import { temporaryProject } from '../files/temporary-project.ts';

const agents = 'principals: []\n';
const bundle = { ...exampleBundle(1), files: [{ path: 'agents.yaml', sha256: sha256Hex(agents) }] };
const hash = bundleHash(bundle);

async function published() {
  const store = createMemoryBundleStore();
  await store.keep(bundle, new Map());
  await store.publish(publication(bundle));

  return store;
}

test('nothing is said where no bundle was published, and that one is current where it was', async () => {
  const dir = await temporaryProject({ 'agents.yaml': agents });
  expect(await bundleLines(createMemoryBundleStore(), dir)).toEqual([]);

  expect(await bundleLines(await published(), dir)).toEqual([
    {
      ...{ name: 'bundle', status: 'ok' },
      detail: `${hash.slice(0, 12)} is current, published by ana at 2026-01-31T09:00:00.000Z`,
    },
  ]);
});

test('a folder whose settings are not those of the bundle is warned of, each file by its name', async () => {
  const store = await published();
  const dir = await temporaryProject({ 'agents.yaml': agents, 'serve.yaml': 'private_hosts: [a]\n' });
  const told = async () => (await bundleLines(store, dir)).map(({ code, detail }) => [code, detail]);
  expect(await told()).toEqual([
    ['bundle.mixed', expect.stringContaining('; serve.yaml of this folder is not')],
  ]);
  await writeFile(join(dir, 'agents.yaml'), 'agents: []\n');
  expect(await told()).toEqual([
    ['bundle.mixed', expect.stringContaining('agents.yaml, serve.yaml of this folder')],
  ]);
  await rm(join(dir, 'serve.yaml'));
  await writeFile(join(dir, 'agents.yaml'), agents);

  expect(await told()).toEqual([[undefined, expect.stringContaining('is current')]]);
});

test('a folder that is served from another bundle is warned of, and one that is lost is a failure', async () => {
  const store = await published();
  const dir = await temporaryProject();
  await unpackBundle(dir, { hash: 'a'.repeat(64), files: [] });
  expect(await bundleLines(store, dir)).toMatchObject([{ status: 'warn', code: 'bundle.mixed' }]);
  await store.publish({ ...publication(bundle), hash: 'b'.repeat(64) });

  expect(await bundleLines(store, dir)).toMatchObject([{ status: 'fail', code: 'bundle.unreadable' }]);
});
