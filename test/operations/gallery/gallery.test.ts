// Galleries over HTTP: who may install, and that nothing but what the project's files name is ever fetched. Method: the
// routes over a journal in memory, and a gallery on a real server of files.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { authorityOf } from '../../../machines/agents/authority.ts';
import { operations } from '../../../src/api/operations/operations.ts';
import { createProject } from '../../cli/project.ts';
import { publishedGallery, publishVersion, staticServer } from '../../gallery/gallery-world.ts';
import { openRoutes } from '../../http/routes-world.ts';

async function opened() {
  const { author, folder } = await publishedGallery();
  const url = await staticServer(folder);
  const authority = authorityOf([
    { name: 'ana', level: 'L1' },
    { name: 'ben', level: 'L3' },
  ]);
  const { cli, dir: added } = await createProject({});
  await cli(`gallery add ${url}`);
  const { readFile } = await import('node:fs/promises');
  const lock = await readFile(join(added, 'gallery.lock.json'), 'utf8');

  return { author, ...(await openRoutes({ 'gallery.lock.json': lock }, undefined, { authority })) };
}

test('a template is looked at by all who may read, and installed by those who may define', async () => {
  const { get, post, dir } = await opened();
  expect((await get('/gallery')).body['templates']).toContainEqual(
    expect.objectContaining({ name: 'greeting', gallery: 'gallery' }),
  );
  const { body } = await get('/gallery/greeting');
  expect(body).toMatchObject({ version: 1, permissions: { commands: [] }, definitions: ['greeting'] });
  const request = { version: 1, gallery: 'gallery', sha256: body['sha256'] };
  const install = (as: string) => post('/gallery/greeting/install', request, as);
  expect(await install('ben')).toMatchObject({ status: 403, body: { code: 'authority.level' } });
  expect(await install('ana:L3')).toMatchObject({ status: 403, body: { code: 'authority.level' } });
  expect(existsSync(join(dir, 'definitions/gallery'))).toBe(false);

  expect(await install('ana')).toMatchObject({
    status: 200,
    body: { folder: 'definitions/gallery/greeting' },
  });
  expect(existsSync(join(dir, 'definitions/gallery/greeting/greeting.yaml'))).toBe(true);
});

test('what is installed is what was shown: another digest is refused', async () => {
  const { author, post, dir } = await opened();
  await publishVersion(author, 2);
  const request = { version: 2, gallery: 'gallery', sha256: 'a'.repeat(64) };
  expect(await post('/gallery/greeting/install', request, 'ana')).toMatchObject({
    status: 409,
    body: { code: 'gallery.changed' },
  });
  expect(existsSync(join(dir, 'definitions/gallery'))).toBe(false);
});

test('nothing is fetched from where a request says, and galleries are not added over HTTP', async () => {
  const { post, get } = await opened();
  let asked = 0;
  const inside = await staticServer('.', () => {
    asked += 1;
  });
  for (const gallery of [inside, `gallery/../${inside}`]) {
    const request = { version: 1, gallery, sha256: 'a'.repeat(64) };
    expect((await post('/gallery/greeting/install', request, 'ana')).status).toBe(404);
    expect((await get(`/gallery/greeting?gallery=${encodeURIComponent(gallery)}`)).status).toBe(404);
  }
  expect(Object.keys(operations.gallery)).toEqual(['list', 'show', 'install']);
  expect(asked).toBe(0);
});
