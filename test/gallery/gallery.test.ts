// A gallery is a folder of static files: whoever has it can share it. These tests pin down the way of a template
// from the project of its author to that of somebody else. Method: the command line in two
// projects, and real places between.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { galleryOf } from '../../src/compose/gallery.ts';
import { signerOf } from '../../src/keys/public-key-file.ts';
import { createProject } from '../cli/project.ts';
import {
  failingCases,
  freshKey,
  gitRepository,
  greeting,
  greetingCases,
  published,
  publishedGallery,
  publishVersion,
  staticServer,
} from './gallery-world.ts';

const places = {
  'a folder': (folder: string) => Promise.resolve(folder),
  'a git repository': gitRepository,
  'a server of static files': (folder: string) => staticServer(folder),
};

/** A report of tests that nobody played. */
const passed = {
  ok: true,
  covered: 0,
  transitions: 0,
  unreachable: 0,
  scenarios: [],
  uncovered: [],
  cases: [],
};

test.each(Object.entries(places))(
  'a template is found, looked at and installed from %s',
  async (_, place) => {
    const { folder } = await publishedGallery();
    const { dir, cli } = await createProject({});
    expect(await cli(`gallery add ${await place(folder)}`)).toMatchObject({ exit: 0 });
    expect((await cli('gallery search greet name')).out).toMatch(/greeting +1 +- +gallery/);
    expect((await cli('gallery search nonsense')).out).toBe('');
    const shown = await cli('gallery show greeting');
    expect(shown.out).toContain('It needs no permission');
    expect(shown.out).toContain('agents/greeter.mjs');

    const installed = await cli('gallery install greeting --yes');
    expect(installed).toMatchObject({ exit: 0 });
    expect(await filesBelow(dir, 'definitions')).toEqual([
      'gallery/greeting/README.md',
      'gallery/greeting/agents/greeter.mjs',
      'gallery/greeting/greeting.test.yaml',
      'gallery/greeting/greeting.yaml',
    ]);
    const lock = JSON.parse(await readFile(join(dir, 'gallery.lock.json'), 'utf8'));
    expect(lock.templates).toMatchObject([{ name: 'greeting', version: 1, gallery: 'gallery' }]);
    expect((await cli('start greeting --who Ada')).exit).toBe(0);
    expect((await cli('gallery list')).out).toMatch(/greeting +1 +1 +gallery/);

    expect(await cli('gallery remove greeting')).toMatchObject({ exit: 0 });
    expect(await filesBelow(dir, 'definitions')).toEqual([]);
  },
);

test('the templates that ship are in a gallery that nobody has to add', async () => {
  const { cli } = await createProject({});
  expect((await cli('gallery search invoice approv')).out).toMatch(/invoice-approval +\d+ +- +built-in/);
  expect((await cli('gallery install invoice-approval --yes')).exit).toBe(0);
});

test('nothing is installed where nobody agrees', async () => {
  const { folder } = await publishedGallery();
  const { dir, cli } = await createProject({});
  await cli(`gallery add ${folder}`);
  expect(await cli('gallery install greeting')).toMatchObject({ exit: 2 });
  expect(await cli('gallery install greeting', { prompt: () => Promise.resolve('n') })).toMatchObject({
    exit: 2,
  });
  expect(await filesBelow(dir, 'definitions')).toEqual([]);
  expect(await cli('gallery install greeting', { prompt: () => Promise.resolve('y') })).toMatchObject({
    exit: 0,
  });
});

test('what a template may do is read in its definitions and said before', async () => {
  const author = await createProject({
    'definitions/greeting.yaml': greeting(1, {
      extra: `    - id: shout
      run: { command: [touch, '\${workflow.input.who}.txt'] }
      depends_on: [greet]
    - id: call
      type: HTTP
      request: { url: 'https://example.com/\${workflow.input.who}', headers: { a: '\${secrets.TOKEN}' } }
    - id: copy
      uses: files.copy
      input: { from: a, to: b }
    - id: other
      type: SUB_WORKFLOW
      workflow: elsewhere
`,
    }),
    'definitions/greeting.test.yaml': greetingCases,
  });
  await published(author, 'gallery publish greeting --to gallery');
  const { cli } = await createProject({});
  await cli(`gallery add ${author.dir}/gallery`);
  const { out } = await cli('gallery show greeting');
  expect(out.slice(out.indexOf('It may do this'))).toBe(
    [
      'It may do this:',
      '  runs commands on this machine: touch ${workflow.input.who}.txt',
      '  sends requests to: https://example.com',
      '  uses files: files.copy {"from":"a","to":"b"}',
      '  uses built-in actions: files.copy',
      '  starts other definitions: elsewhere',
      '  reads secrets: TOKEN',
      '',
    ].join('\n'),
  );
});

test('a template whose tests fail is neither published nor installed, and the project stays as it was', async () => {
  await expect(publishedGallery(failingCases)).rejects.toThrow(/1 tests of greeting@1 fail/);
});

test('a template without cases is not published', async () => {
  await expect(publishedGallery('test: { cases: [] }\n')).rejects.toThrow(/gallery.no-tests/);
});

test('a version that was published is never replaced by another content', async () => {
  const { author } = await publishedGallery();
  await expect(publishVersion(author, 1, 'Bye')).rejects.toThrow(/gallery.version-exists/);
  await publishVersion(author, 2, 'Bye');
});

test('a template is signed with a key of a file, and its public half pins it', async () => {
  const { privatePem, publicPem } = freshKey();
  const author = await createProject({
    'definitions/greeting.yaml': greeting(1),
    'definitions/greeting.test.yaml': greetingCases,
    'key.pem': privatePem,
  });
  await published(author, 'gallery publish greeting --to gallery --key key.pem');
  const { cli } = await createProject({ 'own.pem': publicPem, 'other.pem': freshKey().publicPem });
  expect((await cli(`gallery add ${author.dir}/gallery --key other.pem`)).err).toContain(
    'gallery.key-changed',
  );
  expect(await cli(`gallery add ${author.dir}/gallery --key own.pem`)).toMatchObject({ exit: 0 });
  expect(await cli('gallery install greeting --yes')).toMatchObject({ exit: 0 });
});

test('files that somebody has edited are seen by their digest, and neither removed nor written over', async () => {
  const { author, folder } = await publishedGallery();
  const { dir, cli } = await createProject({});
  await cli(`gallery add ${folder}`);
  await cli('gallery install greeting --yes');
  const path = join(dir, 'definitions/gallery/greeting/greeting.yaml');
  await writeFile(path, `${greeting(1)}# mine\n`);
  await publishVersion(author, 2);
  for (const line of ['gallery remove greeting', 'gallery install greeting --yes']) {
    const { exit, err } = await cli(line);
    expect([exit, err]).toEqual([5, expect.stringContaining('gallery.edited')]);
  }
  expect(await readFile(path, 'utf8')).toContain('# mine');
});

test('what somebody edits while a version is tested is not written over', async () => {
  const { author, folder } = await publishedGallery();
  const { dir, cli } = await createProject({});
  await cli(`gallery add ${folder}`);
  await cli('gallery install greeting --yes');
  await publishVersion(author, 2);
  const path = join(dir, 'definitions/gallery/greeting/README.md');
  const gallery = galleryOf({ projectDir: dir }, () => ({
    test: async () => {
      await writeFile(path, 'mine');
      return { ...passed, ms: 0 };
    },
  }));
  const { sha256 } = await gallery.find({ name: 'greeting' });
  await expect(gallery.install({ name: 'greeting', sha256 })).rejects.toMatchObject({
    code: 'gallery.edited',
    message: expect.stringContaining('README.md'),
  });
  expect(await readFile(path, 'utf8')).toBe('mine');
  expect(await gallery.installed()).toMatchObject([{ version: 1, edited: ['README.md'] }]);
});

test('a definition of the project that has the id of a template stays what it is', async () => {
  const { folder } = await publishedGallery();
  const { cli } = await createProject({ 'definitions/own.yaml': greeting(7, { word: 'Own' }) });
  await cli(`gallery add ${folder}`);
  expect((await cli('gallery install greeting --yes')).err).toContain('gallery.taken');
});

async function filesBelow(dir: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(dir, folder), { recursive: true, withFileTypes: true });

  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(dir, folder).length + 1))
    .filter((path) => !/^gallery\/\./.test(path))
    .sort();
}

test('an update says what changed and what past runs would have done, and then takes it', async () => {
  const { author, folder } = await publishedGallery();
  const { dir, cli } = await createProject({});
  await cli(`gallery add ${folder}`);
  await cli('gallery install greeting --yes');
  expect((await cli('gallery update')).out).toContain('greeting@1 is the latest');
  expect((await cli('start greeting --who Ada')).exit).toBe(0);
  await publishVersion(author, 2, 'Good day');
  const installedText = () => readFile(join(dir, 'definitions/gallery/greeting/greeting.yaml'), 'utf8');

  const refused = await cli('gallery update greeting --yes');
  expect(refused.exit).toBe(7);
  expect(refused.out).toMatch(/^\+ .*Good day/m);
  expect(refused.out).toContain('1 run by greeting@2: 0 the same, 1 diverges');
  expect(await installedText()).toContain('Hello');

  const taken = await cli('gallery update greeting --yes --accept-differences');
  expect([taken.exit, taken.out]).toEqual([0, expect.stringContaining('greeting@2 is installed')]);
  expect(await installedText()).toContain('Good day');
});

test('an update that changes nothing for past runs is taken, unless the files were edited', async () => {
  const { author, folder } = await publishedGallery();
  const { dir, cli } = await createProject({});
  await cli(`gallery add ${folder}`);
  await cli('gallery install greeting --yes');
  await cli('start greeting --who Ada');
  await publishVersion(author, 2);
  expect(await cli('gallery update greeting --dry-run')).toMatchObject({ exit: 0 });
  expect((await cli('gallery list')).out).toMatch(/greeting +2 +1 /);
  const path = join(dir, 'definitions/gallery/greeting/README.md');
  await writeFile(path, 'mine');
  expect((await cli('gallery update greeting --yes')).err).toContain('gallery.edited');
  await rm(path);
  expect((await cli('gallery update greeting --yes')).err).toContain('gallery.edited');
});

test('a folder of a template that is gone is put back by an update', async () => {
  const { folder } = await publishedGallery();
  const { dir, cli } = await createProject({});
  await cli(`gallery add ${folder}`);
  await cli('gallery install greeting --yes');
  await rm(join(dir, 'definitions/gallery'), { recursive: true });
  expect(await cli('gallery update greeting --yes')).toMatchObject({ exit: 0 });
  expect(await filesBelow(dir, 'definitions')).toContain('gallery/greeting/greeting.yaml');
});

test('a gallery that is gone keeps no template of another one from its update, and is said', async () => {
  const { author, folder } = await publishedGallery();
  const other = await createProject({
    'definitions/alone.yaml': greeting(1).replace('id: greeting', 'id: alone'),
    'definitions/alone.test.yaml': greetingCases,
  });
  await published(other, 'gallery publish alone --to gallery');
  const { cli } = await createProject({});
  await cli(`gallery add ${folder}`);
  await cli(`gallery add ${other.dir}/gallery --name gone`);
  await cli('gallery install greeting --yes');
  await cli('gallery install alone --yes');
  await rm(join(other.dir, 'gallery'), { recursive: true });
  await publishVersion(author, 2);

  const { exit, out, err } = await cli('gallery update --yes');
  expect(exit).toBe(3);
  expect(err).toMatch(/gallery\.unreadable.* alone: /);
  expect(out).toContain('greeting@2 is installed');
  const { items } = JSON.parse((await cli('gallery update --yes --json')).out);
  expect(items).toMatchObject([
    { name: 'alone', outcome: 'failed', code: 'gallery.unreadable' },
    { name: 'greeting', outcome: 'known' },
  ]);
});

test('the templates that ship are written as a gallery that holds the same', async () => {
  const author = await createProject({});
  const { dir, app } = await createProject({});
  // Their own tests play them in test/machines/prover/cases/library-cases.test.ts.
  const shipped = galleryOf({ projectDir: author.dir }, () => ({
    test: () => Promise.resolve({ ...passed, ms: 0 }),
  }));
  const signer = signerOf(freshKey().privatePem, 'key.pem');
  await shipped.publish({ definition: 'built-in', to: 'gallery', ...signer });
  const gallery = await app.gallery(dir, dir);
  await gallery.add({ at: join(author.dir, 'gallery'), name: 'ours' });
  const { templates } = await shipped.list();
  expect(templates.length).toBeGreaterThan(18);
  for (const { name } of templates.slice(0, 6)) {
    const [one, other] = [await shipped.find({ name }), await gallery.find({ name, gallery: 'ours' })];
    expect(other).toMatchObject({ sha256: one.sha256, permissions: one.permissions });
  }
});
