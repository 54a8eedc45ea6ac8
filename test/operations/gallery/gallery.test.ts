// Galleries over HTTP: who may install, and that nothing but what the project's files name is ever fetched. Method: the
// routes over a journal in memory, and a gallery on a real server of files.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { authorityOf } from '../../../machines/agents/authority.ts';
import { operations } from '../../../src/api/operations/operations.ts';
import { putIntoGallery } from '../../../src/gallery/publish-template.ts';
import { signerOf } from '../../../src/keys/public-key-file.ts';
import { createProject } from '../../cli/project.ts';
import {
  freshKey,
  greeting,
  greetingCases,
  publishedGallery,
  publishVersion,
  staticServer,
} from '../../gallery/gallery-world.ts';
import { openRoutes } from '../../http/routes-world.ts';

const noop = { id: 'a', type: 'NOOP' };

async function opened() {
  const { author, folder } = await publishedGallery();

  return { author, ...(await openedWith(folder, 'gallery')) };
}

/** The routes of a project with the gallery of a folder. */
async function openedWith(folder: string, name = 'shared') {
  const url = await staticServer(folder);
  const authority = authorityOf([
    { name: 'zoe', level: 'L0' },
    { name: 'ana', level: 'L1' },
    { name: 'ben', level: 'L3' },
  ]);
  const { cli, dir: added } = await createProject({});
  await cli(`gallery add ${url} --name ${name}`);
  const lock = await readFile(join(added, 'gallery.lock.json'), 'utf8');

  return openRoutes({ 'gallery.lock.json': lock }, undefined, { authority });
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

test.each(['greeting.yaml', 'more/inner.json', 'more/INNER.YAML'])(
  'an L1 installs no template whose %s is strategic',
  async (strategic) => {
    const labelled = greeting(1).replace('  tasks:', '  labels: { stratos: strategic }\n  tasks:');
    const isMain = strategic === 'greeting.yaml';
    const inner = { workflow: { id: 'inner', version: 1, labels: { stratos: 'strategic' }, tasks: [noop] } };
    const folder = await mkdtemp(join(tmpdir(), 'gallery-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const files = [
      { path: 'greeting.yaml', text: isMain ? labelled : greeting(1) },
      { path: 'greeting.test.yaml', text: greetingCases },
      ...(isMain ? [] : [{ path: strategic, text: JSON.stringify(inner) }]),
    ];
    await putIntoGallery(
      folder,
      { name: 'greeting', version: 1, files },
      signerOf(freshKey().privatePem, 'k'),
    );
    const { get, post, dir } = await openedWith(folder);
    const { body } = await get('/gallery/greeting');
    const request = { version: 1, gallery: 'shared', sha256: body['sha256'] };
    const install = (as: string) => post('/gallery/greeting/install', request, as);

    expect(await install('ana')).toMatchObject({ status: 403, body: { code: 'authority.level' } });
    expect(existsSync(join(dir, 'definitions/gallery'))).toBe(false);
    expect(await install('zoe')).toMatchObject({ status: 200 });
  },
);

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
