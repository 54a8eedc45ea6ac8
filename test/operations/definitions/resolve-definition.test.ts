// One name means one definition. Method: real files of a project and of a library, definitions in a store in memory.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import {
  referredDefinitions,
  referredDrafts,
} from '../../../src/operations/definitions/referred-definitions.ts';
import {
  type DefinitionSources,
  type ResolveOptions,
  resolveDefinition,
} from '../../../src/operations/definitions/resolve-definition.ts';
import { createProjectDefinitions } from '../../../src/project/project-definitions.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';

const orders = (version: number, task = 'only') =>
  `workflow:\n  id: orders\n  version: ${version}\n  tasks: [{ id: ${task}, type: NOOP }]\n`;
const calling = (version: number) =>
  `workflow:\n  id: calling\n  version: ${version}\n  tasks: [{ id: call, type: SUB_WORKFLOW, workflow: orders }]\n`;
const broken = 'workflow:\n  id: orders\n  version: 3\n  tasks: [{ id: only, type: NOPE }]\n';

async function open(files: Readonly<Record<string, string>>, ...registered: readonly string[]) {
  const dir = await mkdtemp(join(tmpdir(), 'workflow-names-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  const store = createMemoryDefinitionStore();
  for (const text of registered) {
    const result = loadDefinition({ file: 'registered.yaml', content: text });
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    await store.register({ ref: result.loaded.ref, text, file: 'registered.yaml' });
  }
  const project = createProjectDefinitions({ projectDir: dir, libraryDir: join(dir, 'library') });
  const sources: DefinitionSources = {
    registered: { definition: (id, version) => store.byId(id, version), definitions: () => store.list() },
    files: project,
    fileAt: project.at,
  };

  return {
    sources,
    resolve: async (name: string, options?: ResolveOptions) => {
      const found = await resolveDefinition(sources, name, options);
      return { version: found.loaded.ref.version, origin: found.origin, draft: found.draft };
    },
  };
}

test('an id means the highest registered version, whatever stands in the file of the project', async () => {
  const { resolve } = await open({ 'definitions/orders.yaml': orders(1) }, orders(1), orders(2));

  expect(await resolve('orders')).toEqual({ version: 2, origin: 'registered', draft: undefined });
  expect(await resolve('orders@1')).toMatchObject({ version: 1, origin: 'registered' });
  expect(await resolve('definitions/orders.yaml')).toMatchObject({ version: 1, origin: 'file' });
});

test('a file that is not published is a draft: it is told of, and taken by its path or where drafts are asked for', async () => {
  const { resolve } = await open({ 'definitions/orders.yaml': orders(3) }, orders(1), orders(2));
  const file = 'definitions/orders.yaml';

  expect(await resolve('orders')).toEqual({
    version: 2,
    origin: 'registered',
    draft: {
      file,
      version: 3,
      message: `${file} holds v3, which is not published; v2 is what counts until it is published`,
    },
  });
  expect(await resolve('orders', { draft: true })).toMatchObject({ version: 3, origin: 'file' });
  expect(await resolve(file)).toMatchObject({ version: 3, origin: 'file' });
  expect(await resolve('orders@2')).toMatchObject({ version: 2, draft: undefined });
});

test('a file that was changed without a new version is told of as well', async () => {
  const { resolve } = await open({ 'definitions/orders.yaml': orders(1, 'other') }, orders(1));

  expect(await resolve('orders')).toMatchObject({
    version: 1,
    draft: { version: 1, message: expect.stringContaining('differs from v1 as it is registered') },
  });
});

test('where nothing is registered an id means the file of the project, before that of the library', async () => {
  const { resolve } = await open({
    'definitions/a.yaml': orders(1),
    'definitions/b.yaml': orders(2),
    'library/orders.yaml': orders(9),
  });

  expect(await resolve('orders')).toEqual({ version: 2, origin: 'file', draft: undefined });
  expect(await resolve('orders@1')).toMatchObject({ version: 1 });
  expect(await resolve('library/orders.yaml')).toMatchObject({ version: 9 });
});

test('the name of a file means the definition in it', async () => {
  const { resolve } = await open({ 'definitions/shop.yaml': orders(1) }, orders(2));

  expect(await resolve('shop')).toMatchObject({ version: 2, origin: 'registered' });
});

test('a file with errors is told with the place of each, and is not taken for one that is not there', async () => {
  const { resolve } = await open({ 'definitions/orders.yaml': broken });
  const refused = {
    code: 'definition.invalid',
    problems: [
      expect.objectContaining({ file: 'definitions/orders.yaml', line: 4, column: expect.any(Number) }),
    ],
    text: expect.stringContaining('definitions/orders.yaml:4:'),
  };

  await expect(resolve('orders')).rejects.toMatchObject(refused);
  await expect(resolve('definitions/orders.yaml')).rejects.toMatchObject(refused);
});

test('a file with errors does not stand in the way of what is registered', async () => {
  const { resolve } = await open({ 'definitions/orders.yaml': broken }, orders(2));

  expect(await resolve('orders')).toMatchObject({
    version: 2,
    draft: { message: 'definitions/orders.yaml has errors; v2 is what counts, as it is registered' },
  });
  await expect(resolve('orders', { draft: true })).rejects.toMatchObject({ code: 'definition.invalid' });
});

test('a name that means nothing is refused with one that does', async () => {
  const { resolve } = await open({ 'definitions/orders.yaml': orders(1) }, calling(1));

  await expect(resolve('ordrs')).rejects.toMatchObject({
    code: 'definition.not-found',
    fix: 'did you mean "orders"?',
  });
  await expect(resolve('caling')).rejects.toMatchObject({ fix: 'did you mean "calling"?' });
  await expect(resolve('definitions/order.yaml')).rejects.toMatchObject({
    fix: 'did you mean definitions/orders.yaml?',
  });
  await expect(resolve('orders@7')).rejects.toMatchObject({ code: 'definition.not-found' });
});

test('a file that only bears the name of what is referred to is not brought along in its place', async () => {
  const { sources } = await open({
    'definitions/calling.yaml': calling(1),
    'definitions/orders.yaml': calling(7).replace('id: calling', 'id: decoy'),
    'definitions/shop.yaml': orders(2),
  });
  const { found } = await referredDefinitions(
    sources,
    await resolveDefinition(sources, 'definitions/calling.yaml'),
  );

  expect(found.map(({ loaded }) => [loaded.ref.id, loaded.ref.version])).toEqual([['orders', 2]]);
});

test('what is taken from a file brings the files along that it refers to; what is registered does not', async () => {
  const files = { 'definitions/calling.yaml': calling(2), 'definitions/orders.yaml': orders(2) };
  const { sources } = await open(files, calling(1), orders(1));
  const broughtBy = async (name: string) => {
    const { found, missing } = await referredDefinitions(sources, await resolveDefinition(sources, name));
    return { found: found.map(({ loaded }) => loaded.ref.version), missing };
  };

  expect(await broughtBy('definitions/calling.yaml')).toEqual({ found: [2], missing: [] });
  expect(await broughtBy('calling')).toEqual({ found: [], missing: [] });
});

test('a draft that a started file brings along is told of; what nobody registered yet is not called one', async () => {
  const { sources } = await open(
    { 'definitions/orders.yaml': orders(3), 'definitions/calling.yaml': calling(1) },
    orders(2),
  );
  const started = await resolveDefinition(sources, 'definitions/calling.yaml');
  const referred = await referredDefinitions(sources, started);
  const file = 'definitions/orders.yaml';

  expect(await referredDrafts(sources.registered, referred)).toEqual([
    { file, version: 3, message: `${file} holds v3, which is not published; the run is started with it` },
  ]);
  const { sources: fresh } = await open({ 'definitions/orders.yaml': orders(3) });
  expect(await referredDrafts(fresh.registered, referred)).toEqual([]);
});

test('a file that is named is checked, though its workflow key is misspelled and no list has it', async () => {
  const { sources, resolve } = await open({
    'definitions/typo.yaml': orders(1).replace('workflow', 'worklfow'),
  });

  expect(await sources.files.list()).toEqual([]);
  await expect(resolve('definitions/typo.yaml')).rejects.toMatchObject({
    code: 'definition.invalid',
    problems: [{ file: 'definitions/typo.yaml', line: 1 }],
  });
});
