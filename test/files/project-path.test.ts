// Whatever a definition names, it stays in the project. These tests pin down which texts are refused, and that links
// are looked through. Method: real folders and links, each refused path next to one that is nearly the same and fine.
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveInProject } from '../../src/files/project-path.ts';
import { temporaryProject } from './temporary-project.ts';

const refused: readonly (readonly [string, string])[] = [
  ['..', 'path.outside-project'],
  ['../x.yaml', 'path.outside-project'],
  ['a/../../b', 'path.outside-project'],
  ['a/../b', 'path.outside-project'],
  ['..\\x', 'path.outside-project'],
  ['a\\b', 'path.outside-project'],
  ['\\\\server\\share', 'path.outside-project'],
  ['%2e%2e/x', 'path.outside-project'],
  ['a%2Fb', 'path.outside-project'],
  ['/etc/passwd', 'path.absolute'],
  ['C:/x', 'path.absolute'],
  ['c:x', 'path.absolute'],
  ['a\0b', 'path.control-character'],
  ['a\nb', 'path.control-character'],
  ['a\u0085b', 'path.control-character'],
  ['a\u202etxt.exe', 'path.control-character'],
  ['a\ud800', 'path.control-character'],
  ['file:stream', 'path.reserved-name'],
  ['a/con', 'path.reserved-name'],
  ['NUL.txt', 'path.reserved-name'],
  ['lpt1.yaml', 'path.reserved-name'],
  ['trailing.', 'path.reserved-name'],
  ['trailing /x', 'path.reserved-name'],
  [`${'n'.repeat(300)}.yaml`, 'path.too-long'],
  ['ab/'.repeat(400), 'path.too-long'],
  ['', 'path.empty'],
  ['  ', 'path.empty'],
];

describe('the text of a path', () => {
  test.each(refused)('refuses %j with %s', async (path, code) => {
    await expect(resolveInProject(await temporaryProject(), path)).rejects.toMatchObject({
      name: 'PathRefused',
      code,
      value: path,
    });
  });

  test.each([
    'a.yaml',
    './a/b.yaml',
    'a//b',
    '0UT.3OX/VALIDATION.RECEIPT.yaml',
    '..a',
    'a..b',
    'console',
    '⧗/ü ö.md',
  ])('takes %j', async (path) => {
    const project = await temporaryProject();
    await expect(resolveInProject(project, path)).resolves.toBe(join(project, path));
  });

  test('refuses an absolute path even when it lies in the project', async () => {
    const project = await temporaryProject({ 'a.txt': '' });
    await expect(resolveInProject(project, join(project, 'a.txt'))).rejects.toMatchObject({
      code: 'path.absolute',
    });
  });
});

describe('links', () => {
  test('refuses a path through a link that leads out, at its end or on its way', async () => {
    const project = await temporaryProject({ 'sub/a.txt': '' });
    await symlink('..', join(project, 'up'));
    await symlink('/etc/hostname', join(project, 'sub', 'host'));
    for (const path of ['up', 'up/x.yaml', 'up/project/sub/a.txt/../..', 'sub/host']) {
      await expect(resolveInProject(project, path)).rejects.toMatchObject({ code: 'path.outside-project' });
    }
  });

  test('refuses a link to nothing, since anything may appear there', async () => {
    const project = await temporaryProject();
    await symlink('../not-yet', join(project, 'soon'));
    await expect(resolveInProject(project, 'soon')).rejects.toMatchObject({ code: 'path.outside-project' });
  });

  test('follows a link that stays inside, and gives the real path', async () => {
    const project = await temporaryProject({ 'real/a.txt': '' });
    await symlink('real', join(project, 'alias'));
    await expect(resolveInProject(project, 'alias/a.txt')).resolves.toBe(join(project, 'real/a.txt'));
  });

  test('takes a project folder that is itself reached by a link', async () => {
    const project = await temporaryProject();
    await mkdir(join(project, 'real'));
    await symlink('real', join(project, 'alias'));
    await expect(resolveInProject(join(project, 'alias'), 'a/b.txt')).resolves.toBe(
      join(project, 'real/a/b.txt'),
    );
  });
});
