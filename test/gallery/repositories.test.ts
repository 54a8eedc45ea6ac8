// A gallery may be a repository, which only the program git can fetch. It is asked as seldom as can be, and no
// repository is let grow without end. Method: real repositories, and a program that takes the place of git, writes down
// what it is asked for and hands it on.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { galleryOf } from '../../src/compose/gallery.ts';
import { createProject } from '../cli/project.ts';
import { gitRepository, greeting, greetingCases, published, publishedGallery } from './gallery-world.ts';

type Clones = { readonly count: () => Promise<number>; readonly mostAtOnce: () => Promise<number> };

/** From now on git notes each clone as it begins and as it ends. */
async function notedClones(): Promise<Clones> {
  const folder = await mkdtemp(join(tmpdir(), 'gallery-bin-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const log = join(folder, 'log');
  const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  await writeFile(log, '');
  await writeFile(
    join(folder, 'git'),
    `#!/bin/sh
case "$*" in *clone*) echo + >> '${log}';; *) exec '${git}' "$@";; esac
'${git}' "$@"; code=$?
echo - >> '${log}'
exit $code
`,
  );
  await chmod(join(folder, 'git'), 0o755);
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH']}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const marks = async () => (await readFile(log, 'utf8')).split('\n').filter((mark) => mark !== '');

  return {
    count: async () => (await marks()).filter((mark) => mark === '+').length,
    mostAtOnce: async () => {
      let now = 0;
      return Math.max(...(await marks()).map((mark) => (now += mark === '+' ? 1 : -1)));
    },
  };
}

/** The folder of a gallery with `greeting` and `parting`. */
async function twoTemplates(): Promise<string> {
  const { author, folder } = await publishedGallery();
  const other = greeting(1).replace('id: greeting', 'id: parting');
  await writeFile(join(author.dir, 'definitions/parting.yaml'), other);
  await writeFile(join(author.dir, 'definitions/parting.test.yaml'), greetingCases);
  await published(author, 'gallery publish parting --to gallery');

  return folder;
}

test('a command fetches a repository once, however many templates it has of it', async () => {
  const repository = await gitRepository(await twoTemplates());
  const { cli } = await createProject({});
  await cli(`gallery add ${repository}`);
  const clones = await notedClones();
  expect(await cli('gallery install greeting --yes')).toMatchObject({ exit: 0 });
  expect(await clones.count()).toBe(1);
  await cli('gallery install parting --yes');
  expect(await clones.count()).toBe(2);
  expect(await cli('gallery update')).toMatchObject({ exit: 0 });
  expect(await clones.count()).toBe(3);
});

test('of many repositories two are fetched at a time, whoever asks, and none is left behind', async () => {
  const { folder } = await publishedGallery();
  const { dir, cli } = await createProject({});
  for (const name of ['a', 'b', 'c', 'd'])
    await cli(`gallery add ${await gitRepository(folder)} --name ${name}`);
  const clones = await notedClones();
  const temporary = join(dir, 'tmp');
  await mkdir(temporary);
  vi.stubEnv('TMPDIR', temporary);
  const gallery = galleryOf({ projectDir: dir });
  const found = await Promise.all([gallery.list(), gallery.list()]);
  expect(found.map(({ problems }) => problems)).toEqual([[], []]);
  expect(await clones.count()).toBe(8);
  expect(await clones.mostAtOnce()).toBeLessThanOrEqual(2);
  expect(await readdir(temporary)).toEqual([]);
});

test('a repository that is larger than it may be is not used, and nothing of it stays', async () => {
  const { folder } = await publishedGallery();
  await writeFile(join(folder, 'large.bin'), randomBytes(3 * 1024 * 1024));
  const repository = await gitRepository(folder);
  const { dir } = await createProject({ 'tmp/empty': '' });
  vi.stubEnv('TMPDIR', join(dir, 'tmp'));
  onTestFinished(() => void vi.unstubAllEnvs());
  const gallery = galleryOf({ projectDir: dir, repositoryBytesMax: 1024 * 1024 });
  await expect(gallery.add({ at: repository })).rejects.toMatchObject({ code: 'gallery.too-large' });
  expect(await readdir(join(dir, 'tmp'))).toEqual(['empty']);
  expect((await gallery.galleries()).map(({ name }) => name)).toEqual(['built-in']);
});
