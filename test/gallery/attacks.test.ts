// Whoever keeps a gallery, or stands between it and a project, must not get past what its owner agreed to. Method: a
// gallery is published properly and then changed by hand, by somebody without its key and by somebody who has it; each
// time the project has to stay as it was.
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, expect, test } from 'vitest';
import { putIntoGallery } from '../../src/gallery/publish-template.ts';
import {
  galleryText,
  type Template,
  templateDigest,
  templatePath,
} from '../../src/gallery/template-format.ts';
import { signerOf } from '../../src/keys/public-key-file.ts';
import type { TemplateFile } from '../../src/ports/definitions/gallery.ts';
import { createProject, type Project } from '../cli/project.ts';
import {
  failingCases,
  freshKey,
  greeting,
  greetingCases,
  publishedGallery,
  publishVersion,
  staticServer,
  tamper,
} from './gallery-world.ts';

let victim: Project;

beforeEach(async () => {
  victim = await createProject({});
});

/** Tries to install the greeting, and looks whether anything is left of it. */
async function attacked(line = 'gallery install greeting --yes'): Promise<string> {
  const before = await snapshot();
  const { exit, err } = await victim.cli(line);
  expect(exit).not.toBe(0);
  expect(await snapshot()).toEqual(before);

  return err;
}

async function snapshot(): Promise<readonly (readonly [string, string])[]> {
  const entries = await readdir(victim.dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes('.3ox'));

  return Promise.all(
    files.map(
      async ({ parentPath, name }) => [name, await readFile(join(parentPath, name), 'utf8')] as const,
    ),
  );
}

/** A gallery of somebody who has its key, and signs what `publish` never would. */
async function evilGallery(files: readonly TemplateFile[], over: Partial<Template> = {}): Promise<string> {
  const folder = join(victim.dir, '..', `${victim.dir.split('/').at(-1)}-evil`);
  await mkdir(folder);
  const { key, sign } = signerOf(freshKey().privatePem, 'key.pem');
  const good = {
    name: 'greeting',
    version: 1,
    files: [
      { path: 'greeting.yaml', text: greeting(1) },
      { path: 'greeting.test.yaml', text: greetingCases },
    ],
  };
  await putIntoGallery(folder, good, { key, sign });
  const template = { ...good, ...over, files: [...good.files, ...files] };
  const sha256 = templateDigest(template);
  const signed = { format: '3ox-template/1', key: key.key, signature: await sign(sha256), template } as const;
  await writeFile(join(folder, templatePath('greeting', 1)), galleryText(signed));
  await tamper(join(folder, 'gallery.json'), (index) => ({
    ...index,
    templates: [{ name: 'greeting', title: 'x', description: '', versions: [{ version: 1, sha256 }] }],
  }));
  await victim.cli(`gallery add ${folder} --name evil`);

  return folder;
}

test.each([
  '../../../escaped.yaml',
  '/tmp/escaped.yaml',
  'a/../../escaped.yaml',
  '..\\escaped.yaml',
  'C:escaped.yaml',
  '.hidden/x.yaml',
  'a//b.yaml',
  'GREETING.yaml',
  'nul',
  'x\u202Elmay.yaml',
  'a/b/c/d/e.yaml',
])('the path %j in a template that is signed is refused', async (path) => {
  await evilGallery([{ path, text: 'x' }]);
  expect(await attacked()).toContain('gallery.bad-path');
});

test.each(['__proto__', 'constructor'])('a file called %j is a file like any other', async (path) => {
  await evilGallery([{ path, text: 'x' }]);
  expect(await victim.cli('gallery install greeting --yes')).toMatchObject({ exit: 0 });
  expect((await victim.cli('gallery remove greeting')).err).not.toContain('gallery.edited');
});

test('a file that was edited after it was signed is refused', async () => {
  const { folder } = await publishedGallery();
  await victim.cli(`gallery add ${folder}`);
  await tamper(join(folder, 'greeting/1.json'), (signed) => {
    const { files } = (signed as { template: { files: { text: string }[] } }).template;
    for (const file of files) file.text = file.text.replace('Hello', 'Bye');
  });
  expect(await attacked()).toContain('gallery.bad-signature');
});

test('the signature of another template, and another template with its own, are refused', async () => {
  const { author, folder } = await publishedGallery();
  await publishVersion(author, 2);
  await victim.cli(`gallery add ${folder}`);
  const first = JSON.parse(await readFile(join(folder, 'greeting/1.json'), 'utf8'));
  await tamper(join(folder, 'greeting/2.json'), (signed) => ({ ...signed, signature: first.signature }));
  expect(await attacked()).toContain('gallery.bad-signature');
  await writeFile(join(folder, 'greeting/2.json'), JSON.stringify(first));
  expect(await attacked()).toContain('gallery.other-template');
});

test('a gallery that was signed anew with another key is refused', async () => {
  const { folder } = await publishedGallery();
  await victim.cli(`gallery add ${folder}`);
  const { author, folder: other } = await publishedGallery();
  await publishVersion(author, 2);
  await rm(folder, { recursive: true });
  await rename(other, folder);
  expect(await attacked()).toContain('gallery.key-changed');
  // Also where its index still names the old one.
  const lock = JSON.parse(await readFile(join(victim.dir, 'gallery.lock.json'), 'utf8'));
  await tamper(join(folder, 'gallery.json'), (index) => ({ ...index, key: lock.galleries[0].key }));
  expect(await attacked()).toContain('gallery.other-key');
});

test('a gallery that was put back to an older version is not followed unasked', async () => {
  const { author, folder } = await publishedGallery();
  const old = await readFile(join(folder, 'gallery.json'), 'utf8');
  await publishVersion(author, 2);
  await victim.cli(`gallery add ${folder}`);
  await victim.cli('gallery install greeting --yes');
  await writeFile(join(folder, 'gallery.json'), old);
  expect(await attacked()).toContain('gallery.downgrade');
  await victim.cli('gallery remove greeting');
  expect(await attacked()).toContain('gallery.downgrade');
});

test('a version that was installed and is another one now is refused, also when it is signed', async () => {
  const folder = await evilGallery([{ path: 'a.md', text: 'x' }]);
  expect(await victim.cli('gallery install greeting --yes')).toMatchObject({ exit: 0 });
  await victim.cli('gallery remove greeting');
  await tamper(join(folder, 'gallery.json'), (index) => {
    const [template] = (index as { templates: { versions: { sha256: string }[] }[] }).templates;
    for (const version of template?.versions ?? []) version.sha256 = 'a'.repeat(64);
  });
  expect(await attacked()).toContain('gallery.changed');
});

test('a template whose tests fail leaves the project as it was', async () => {
  await evilGallery([
    { path: 'also.yaml', text: greeting(1).replace('id: greeting', 'id: also') },
    { path: 'also.test.yaml', text: failingCases },
  ]);
  expect(await attacked()).toContain('gallery.tests-failed');
});

test('nothing that a gallery says moves the cursor of a terminal', async () => {
  const clear = '\u001b[2J\u001b]0;x\u0007\u202e';
  const folder = await evilGallery([
    { path: 'a.md', text: `one${clear}\n  two\r\u009b1A` },
    { path: 'b.yaml', text: `workflow: { id: ${JSON.stringify(clear)} }` },
  ]);
  await tamper(join(folder, 'gallery.json'), (index) => {
    const [template] = (index as { templates: { title: string }[] }).templates;
    if (template !== undefined) template.title = `${clear}title`;
  });
  const said = [await victim.cli('gallery list'), await victim.cli('gallery show greeting')];
  const [list, show] = said.map(({ out, err }) => out + err);
  expect(list).toContain('title');
  expect(show).toContain('gallery.bad-template');
  await rm(folder, { recursive: true });
  await victim.cli('gallery forget evil');
  await evilGallery([{ path: 'a.md', text: `one${clear}\n  two\r\u009b1A` }]);
  const files = (await victim.cli('gallery show greeting --files')).out;
  expect(files).toMatch(/one.*\n {2}two/);

  for (const text of [list, show, files]) expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
});

test('a template with a definition that cannot be used, or whose name is not its own, is refused', async () => {
  await evilGallery([{ path: 'broken.yaml', text: 'workflow: { id: broken }' }]);
  expect(await attacked()).toContain('gallery.bad-template');
});

test.each([
  ['as it is', (text: string) => Buffer.from(text), {}],
  ['packed small', (text: string) => gzipSync(text), { 'content-encoding': 'gzip' }],
])('a document that is larger than it may be is not read to its end, %s', async (_, pack, headers) => {
  const { folder } = await publishedGallery();
  const huge = pack(`"${' '.repeat(20 * 1024 * 1024)}"`);
  let isHuge = false;
  const url = await staticServer(folder, (request, answer) => {
    if (isHuge && request.url?.endsWith('1.json')) answer.writeHead(200, headers).end(huge);
  });
  await victim.cli(`gallery add ${url}`);
  isHuge = true;
  expect(await attacked()).toContain('gallery.too-large');
});

test('a large file of a folder is not read', async () => {
  const { folder } = await publishedGallery();
  await victim.cli(`gallery add ${folder}`);
  await writeFile(join(folder, 'greeting/1.json'), ' '.repeat(3 * 1024 * 1024));
  expect(await attacked()).toContain('gallery.too-large');
});

test('a server that sends elsewhere is not followed', async () => {
  const { folder } = await publishedGallery();
  let asked = 0;
  const inside = await staticServer(folder, () => {
    asked += 1;
  });
  let isMoved = false;
  const url = await staticServer(folder, (request, answer) => {
    if (isMoved) answer.writeHead(302, { location: `${inside}${request.url?.slice(1)}` }).end();
  });
  await victim.cli(`gallery add ${url}`);
  isMoved = true;
  expect(await attacked()).toContain('gallery.redirect');
  expect(asked).toBe(0);
});

test('a link in a gallery that leads out of it is not followed', async () => {
  const { folder } = await publishedGallery();
  await victim.cli(`gallery add ${folder}`);
  await rename(join(folder, 'greeting/1.json'), join(folder, '../outside.json'));
  await symlink('../../outside.json', join(folder, 'greeting/1.json'));
  expect(await attacked()).toMatch(/gallery.unreadable.*link/);
});

test('a link in the project that leads out of it is not written through', async () => {
  const { author, folder } = await publishedGallery();
  await victim.cli(`gallery add ${folder}`);
  await symlink(author.dir, join(victim.dir, 'definitions/gallery'));
  expect(await attacked()).toContain('path.outside-project');
  expect(await readdir(author.dir)).not.toContain('greeting');
});

test.each([
  'ext::sh -c date',
  '--upload-pack=date',
  'file:///etc',
  'git+ext::sh',
  'http://user:x@127.0.0.1/',
])('%s is no place of a gallery', async (place) => {
  const gallery = await victim.app.gallery(victim.dir, victim.dir);
  await expect(gallery.add({ at: place })).rejects.toMatchObject({ code: 'gallery.bad-place' });
});

test('what was looked at is what is installed: another content in between is refused', async () => {
  const { author, folder } = await publishedGallery();
  await victim.cli(`gallery add ${folder}`);
  const gallery = await victim.app.gallery(victim.dir, victim.dir);
  const { sha256 } = await gallery.find({ name: 'greeting' });
  await publishVersion(author, 2);
  await expect(gallery.install({ name: 'greeting', sha256 })).rejects.toMatchObject({
    code: 'gallery.changed',
  });
});
