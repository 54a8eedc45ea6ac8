// What a project folder gives for a bundle, and a folder that is served from one. Method: real folders.
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleLink, declaredPath } from '../../src/files/local-definitions.ts';
import { refuseBundleFolder, refuseProjectFolder, unpackBundle } from '../../src/project/bundle-folder.ts';
import { createProjectBundle } from '../../src/project/project-bundle.ts';
import { temporaryProject } from '../files/temporary-project.ts';

const hashes = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(64));
const [first = '', second = '', third = '', fourth = ''] = hashes;
const agents = (text: string) => [{ path: 'agents.yaml', text }];

test('a folder that is served from a bundle reads what the bundle says, and the next one as a whole', async () => {
  const folder = await temporaryProject();
  const read = (name: string) => readFile(declaredPath(folder, name), 'utf8');
  expect(declaredPath(folder, 'agents.yaml')).toBe(join(folder, 'agents.yaml'));
  await unpackBundle(folder, {
    hash: first,
    files: [...agents('one'), { path: 'POLICY/a.md', text: 'rules' }],
  });
  expect([await read('agents.yaml'), await read('POLICY/a.md')]).toEqual(['one', 'rules']);
  await unpackBundle(folder, { hash: second, files: agents('two') });

  expect(await read('agents.yaml')).toBe('two');
  await expect(read('POLICY/a.md')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('of earlier bundles only the one before stays, and what was changed by hand is put right', async () => {
  const folder = await temporaryProject();
  const at = (hash: string) => join(folder, '.3ox/bundle', hash, 'agents.yaml');
  for (const hash of [first, second, third]) await unpackBundle(folder, { hash, files: agents(hash) });
  await expect(readFile(at(first))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await readFile(at(second), 'utf8')).toBe(second);
  await writeFile(at(third), 'by hand');
  await unpackBundle(folder, { hash: third, files: agents(third) });

  expect(await readFile(join(folder, bundleLink, 'agents.yaml'), 'utf8')).toBe(third);
});

test('a bundle that was unpacked by half when the process died counts for nothing until it is whole', async () => {
  const folder = await temporaryProject();
  await unpackBundle(folder, { hash: first, files: agents('one') });
  await mkdir(join(folder, '.3ox/bundle', fourth));
  await writeFile(join(folder, '.3ox/bundle', fourth, 'agents.yaml'), 'hal');
  await writeFile(join(folder, '.3ox/bundle', `.next-${process.pid}`), '');
  expect(await readFile(declaredPath(folder, 'agents.yaml'), 'utf8')).toBe('one');
  await unpackBundle(folder, { hash: fourth, files: agents('four') });

  expect(await readFile(declaredPath(folder, 'agents.yaml'), 'utf8')).toBe('four');
});

test('no file of a bundle is written outside of its folder', async () => {
  const folder = await temporaryProject();
  for (const path of ['../x', '/etc/x', 'a/../../x'])
    await expect(unpackBundle(folder, { hash: first, files: [{ path, text: '' }] })).rejects.toMatchObject({
      code: expect.stringMatching(/^path\./),
    });
});

test('a folder is that of a project or served from a bundle, never both', async () => {
  const project = await temporaryProject({ 'agents.yaml': '', 'definitions/a.yaml': '' });
  await expect(refuseProjectFolder(project)).rejects.toMatchObject({
    code: 'bundle.project-folder',
    message: expect.stringContaining('agents.yaml, definitions'),
  });
  refuseBundleFolder(project);
  const empty = await temporaryProject();
  await refuseProjectFolder(empty);
  await unpackBundle(empty, { hash: first, files: [] });

  expect(() => refuseBundleFolder(empty)).toThrow('was served from a bundle');
});

test('secrets, what links lead out to and what is no text never leave a project', async () => {
  const dir = await temporaryProject({
    'POLICY/a.md': 'rules with pa55-word-1',
    '.3ox/secrets.env': 'TOKEN=pa55-word-1',
    'image.bin': '',
    'serve.yaml': 'private_hosts: [localhost]\n',
  });
  const outside = await temporaryProject({ 'x.md': 'outside' });
  await symlink(join(outside, 'x.md'), join(dir, 'led-out.md'));
  await writeFile(join(dir, 'image.bin'), Buffer.from([0xff, 0xfe, 0x00]));
  const bundle = createProjectBundle({
    projectDir: dir,
    secrets: () => ({ TOKEN: 'pa55-word-1', SHORT: 'r' }),
  });

  expect(await bundle.text('./POLICY/a.md')).toEqual({ path: 'POLICY/a.md', text: 'rules with pa55-word-1' });
  for (const path of ['.3ox/secrets.env', 'led-out.md', '../x.md', '/etc/hostname', 'none.md'])
    expect(await bundle.text(path), path).toBeUndefined();
  await expect(bundle.text('image.bin')).rejects.toMatchObject({ code: 'bundle.no-text' });
  expect(bundle.secretsIn('rules with pa55-word-1')).toEqual(['TOKEN']);
  expect(await bundle.settings()).toEqual([{ path: 'serve.yaml', text: 'private_hosts: [localhost]\n' }]);
  expect(['POLICY/a.md', 'POLICY', 'none', '/etc/hostname'].map(bundle.isFile)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test('a folder that is served from a bundle is no project to make one of', async () => {
  const dir = await temporaryProject();
  await unpackBundle(dir, { hash: first, files: [] });
  const bundle = createProjectBundle({ projectDir: dir, secrets: () => ({}) });

  await expect(bundle.settings()).rejects.toMatchObject({ code: 'bundle.no-project' });
  await rm(join(dir, '.3ox/bundle'), { recursive: true });
  expect(await bundle.settings()).toEqual([]);
});
