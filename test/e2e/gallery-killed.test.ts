// A process may be killed at any moment of an installation. The next command has to find a project that it can go on
// with, and never take for somebody's edit what the process left. Method: the built command line, which kills itself
// with SIGKILL right before or after it moves a folder or writes the lock file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProject, type Project } from '../cli/project.ts';
import { publishedGallery, publishVersion } from '../gallery/gallery-world.ts';
import { builtCli } from './station.ts';

type Point = { readonly kill: 'before' | 'after'; readonly at: string };

async function killed({ dir }: Project, { kill, at }: Point, line: string): Promise<void> {
  const mover = new URL('./killing-mover.mjs', import.meta.url).href;
  const child = spawn(process.execPath, ['--import', mover, builtCli, ...line.split(' ')], {
    cwd: dir,
    env: { ...process.env, KILL: kill, KILL_AT: at },
    stdio: 'ignore',
  });
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
}

/** A project that has version 1 of a template whose gallery has version 2. */
async function outdated(): Promise<Project> {
  const { author, folder } = await publishedGallery();
  const project = await createProject({});
  await project.cli(`gallery add ${folder}`);
  expect(await project.cli('gallery install greeting --yes')).toMatchObject({ exit: 0 });
  await publishVersion(author, 2, 'Good day');

  return project;
}

const copied = '/\\.new-\\w+/greeting\\.yaml$';
const takenAway = '/gallery/\\.old-[^/]+$';
const put = '/gallery/greeting$';
const noted = '/gallery\\.lock\\.json$';
const install = 'gallery install greeting --yes';

test.each<readonly [Point['kill'], string, string]>([
  ['after', copied, install],
  ['after', takenAway, install],
  ['before', put, 'gallery update greeting --yes'],
  ['after', put, install],
  ['before', noted, 'gallery update --yes'],
  ['after', noted, install],
])('a version that was put there by a process killed %s moving to %s is there after %s', async (...point) => {
  const [kill, at, line] = point;
  const project = await outdated();
  await killed(project, { kill, at }, install);

  expect(await project.cli(line)).toMatchObject({ exit: 0 });
  const text = (path: string): Promise<string> => readFile(join(project.dir, path), 'utf8');
  expect(JSON.parse(await text('gallery.lock.json')).templates).toMatchObject([{ version: 2 }]);
  expect(await text('definitions/gallery/greeting/greeting.yaml')).toContain('Good day');
  expect(await readdir(join(project.dir, 'definitions/gallery'))).toEqual(['greeting']);
});

test('a folder that a killed process took away is put back, with what somebody wrote into it', async () => {
  const project = await outdated();
  await killed(project, { kill: 'before', at: put }, install);
  const folder = join(project.dir, 'definitions/gallery');
  const [taken = ''] = (await readdir(folder)).filter((name) => name.startsWith('.old-'));
  await writeFile(join(folder, taken, 'mine.txt'), 'mine');

  expect((await project.cli(install)).err).toContain('gallery.edited');
  expect(await readFile(join(folder, 'greeting/mine.txt'), 'utf8')).toBe('mine');
});

test('a removal that was killed is done by the next one', async () => {
  const project = await outdated();
  await killed(project, { kill: 'before', at: noted }, 'gallery remove greeting');

  expect(await project.cli('gallery remove greeting')).toMatchObject({ exit: 0 });
  expect(await readdir(join(project.dir, 'definitions/gallery'))).toEqual([]);
});
