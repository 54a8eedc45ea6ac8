// The definitions in the files of a project, as people find them and write them. Method: real folders.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createProjectDefinitions } from '../../src/project/project-definitions.ts';
import { temporaryProject } from '../files/temporary-project.ts';

const definition = (id: string, type = 'NOOP') =>
  `workflow: {id: ${id}, version: 1, tasks: [{id: a, type: ${type}}]}\n`;

async function opened(files: Readonly<Record<string, string>>) {
  const projectDir = await temporaryProject(files);
  const libraryDir = join(projectDir, 'shipped');

  return { projectDir, ...createProjectDefinitions({ projectDir, libraryDir }) };
}

test('files of the project come first, then the library, and no schema of editors; what is wrong with one is told', async () => {
  const { list } = await opened({
    'definitions/b.yaml': definition('b', 'NOP'),
    'definitions/a/one.yaml': definition('one'),
    'definitions/a/one.test.yaml': 'test: {cases: []}\n',
    'definitions/notes.yaml': 'just: notes\n',
    'shipped/lib.yaml': definition('lib'),
    'shipped/workflow.schema.json': '{\n  "workflow": {}\n}\n',
  });
  const found = await list();

  expect(found.map(({ file, source, named, loaded }) => [file, source, named?.id, loaded?.ref.id])).toEqual([
    ['definitions/a/one.yaml', 'project', 'one', 'one'],
    ['definitions/b.yaml', 'project', 'b', undefined],
    ['library/lib.yaml', 'library', 'lib', 'lib'],
  ]);
  expect(found[1]?.problems).toMatchObject([{ code: 'definition.unknown-type', fix: 'NOOP', line: 1 }]);
});

test('the folders of a 3OX station hold definitions, too; one that is written back stays where it was', async () => {
  const { list, write, projectDir } = await opened({
    'definitions/a.yaml': definition('a'),
    '.3ox.index/CORE/WORKFLOWS/TEMPLATES/b.workflow.yaml': definition('b'),
    '.3ox.workflows/c.yaml': definition('c'),
    '.3ox.other/d.yaml': definition('d'),
  });
  const files = [
    'definitions/a.yaml',
    '.3ox.index/CORE/WORKFLOWS/TEMPLATES/b.workflow.yaml',
    '.3ox.workflows/c.yaml',
  ];
  expect((await list()).map(({ file }) => file)).toEqual(files);

  const written = await write('.3ox.workflows/c.yaml', definition('c2'), { replace: true });
  expect(written).toBe('.3ox.workflows/c.yaml');
  expect(await readFile(join(projectDir, written), 'utf8')).toContain('c2');
  await expect(write('.3ox.other/d.yaml', definition('d'), { replace: true })).rejects.toThrow(
    'begins with a dot',
  );
});

test('what was changed, added or removed is seen at the next look, and the rest is not read again', async () => {
  const { list, projectDir } = await opened({
    'definitions/a.yaml': definition('a'),
    'definitions/b.yaml': definition('b'),
  });
  const [before] = await list();
  await writeFile(join(projectDir, 'definitions/b.yaml'), definition('other'));
  await writeFile(join(projectDir, 'definitions/c.yaml'), definition('c'));
  const after = await list();
  expect(after.map(({ loaded }) => loaded?.ref.id)).toEqual(['a', 'other', 'c']);
  expect(after[0]).toBe(before);
  await rm(join(projectDir, 'definitions/a.yaml'));

  expect((await list()).map(({ loaded }) => loaded?.ref.id)).toEqual(['other', 'c']);
});

test('a definition is found by its id and by the name of its file, and is checked again only when it has changed', async () => {
  const { called, list, projectDir } = await opened({
    'definitions/shop.yaml': definition('orders'),
    'definitions/other.yaml': definition('other', 'NOP'),
    'shipped/orders.yaml': definition('old'),
  });
  const byId = await called('orders');
  expect(byId.map(({ file }) => file)).toEqual(['definitions/shop.yaml', 'library/orders.yaml']);
  expect((await called('shop'))[0]).toBe(byId[0]);
  expect((await list()).find(({ file }) => file === 'definitions/shop.yaml')).toBe(byId[0]);
  expect(await called('nobody')).toEqual([]);

  await writeFile(join(projectDir, 'definitions/shop.yaml'), definition('orders').replace('1', '12'));
  expect((await called('orders'))[0]?.loaded?.ref.version).toBe(12);
});

test('a text is written where it is asked for, and replaced only where that is asked for, too', async () => {
  const { write, projectDir } = await opened({});
  expect(await write('new/a.yaml', 'first', { replace: false })).toBe('definitions/new/a.yaml');
  await expect(write('definitions/new/a.yaml', 'second', { replace: false })).rejects.toMatchObject({
    code: 'definition.file-exists',
  });
  expect(await readFile(join(projectDir, 'definitions/new/a.yaml'), 'utf8')).toBe('first');
  await write('new/a.yaml', 'second', { replace: true });

  expect(await readFile(join(projectDir, 'definitions/new/a.yaml'), 'utf8')).toBe('second');
});

test('of those who write a new file at the same time one is first', async () => {
  const { write } = await opened({});
  const all = Array.from({ length: 8 }, (_, index) => write('a.yaml', `${index}`, { replace: false }));
  const settled = await Promise.allSettled(all);

  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', ...Array(7).fill('rejected')]);
});

test.each([
  '../a.yaml',
  '/tmp/a.yaml',
  'definitions/../../a.yaml',
  'a.txt',
  'a.test.yaml',
  '.git/a.yaml',
  'x/',
  '',
])('writes nothing to %j', async (file) => {
  const { write } = await opened({});

  await expect(write(file, 'text', { replace: true })).rejects.toMatchObject({ name: 'PathRefused' });
});

test('a link on the way leads nowhere else', async () => {
  const { write, projectDir } = await opened({ 'definitions/a.yaml': definition('a') });
  await symlink('/tmp', join(projectDir, 'definitions', 'out'));

  await expect(write('out/a.yaml', 'text', { replace: true })).rejects.toMatchObject({
    code: 'path.outside-project',
  });
});

test('a schema file that a receipt names is part of its definition, and another content of it is seen', async () => {
  const named = 'workflow: {id: a, version: 1, tasks: [{id: t, receipt: {schema: s/a.json, to: a.yaml}}]}\n';
  const schema = (type: string) => JSON.stringify({ properties: { sum: { type } } });
  const { list, schemas, projectDir } = await opened({ 'definitions/a.yaml': named });
  const look = async () => (await list())[0];

  expect((await look())?.problems).toMatchObject([{ code: 'definition.schema-file', line: 1 }]);
  await mkdir(join(projectDir, 's'));
  await writeFile(join(projectDir, 's', 'a.json'), schema('number'));
  const first = await look();
  await writeFile(join(projectDir, 's', 'a.json'), schema('integer'));
  const second = await look();

  expect([first?.problems, second?.problems]).toEqual([[], []]);
  expect(first?.text).toBe(named);
  expect(first?.loaded?.text).toContain('"sum":{"type":"number"}');
  expect(second?.loaded?.ref.hash).not.toBe(first?.loaded?.ref.hash);
  expect([...(await schemas(named)).keys()]).toEqual(['s/a.json']);
});

test('no schema is read through a link that leads out of the project, or to what is of the engine', async () => {
  const { schemas, projectDir } = await opened({ '.3ox/tokens.yaml': 'type: object\n' });
  const outside = await mkdtemp(join(tmpdir(), 'workflow-outside-'));
  onTestFinished(() => rm(outside, { recursive: true, force: true }));
  await writeFile(join(outside, 'a.json'), '{"type": "object", "description": "swordfish"}');
  await symlink(outside, join(projectDir, 'out'));
  await symlink(join(outside, 'a.json'), join(projectDir, 'link.json'));
  await symlink('.3ox', join(projectDir, 'inside'));
  const problems = await Promise.all(
    ['out/a.json', 'link.json', 'inside/tokens.yaml', join(outside, 'a.json')].map(async (name) =>
      (await schemas(`workflow: {tasks: [{id: t, receipt: {schema: ${name}, to: a.yaml}}]}`)).get(name),
    ),
  );

  expect(problems).toEqual([
    { problem: expect.stringContaining('leads out of the project folder') },
    { problem: expect.stringContaining('leads out of the project folder') },
    { problem: 'what stands in .3ox/ is of the engine' },
    { problem: expect.stringContaining('it is absolute') },
  ]);
});

test.each<[string, string, string]>([
  ['outside of the project', '../a.json', 'leads out of the project folder'],
  ['of the engine', '.3ox/tokens.yaml', 'what stands in .3ox/ is of the engine'],
  ['of another kind', 's/a.txt', 'ends in .json, .yaml or .yml'],
  ['that is large', 's/large.json', 'bytes, more than 65536'],
  ['that is no schema', 's/agents.yaml', 'it is no JSON Schema'],
])('no schema is read from a file %s, and nothing of it is told', async (_, name, problem) => {
  const { schemas } = await opened({
    '.3ox/tokens.yaml': 'type: object\n',
    's/a.txt': '{"type": "object"}',
    's/large.json': `{"type": "object", "description": "${'x'.repeat(70_000)}"}`,
    's/agents.yaml': 'password: swordfish\n',
  });
  const found = await schemas(`workflow: {tasks: [{id: t, receipt: {schema: ${name}, to: a.yaml}}]}`);

  expect(found.get(name)).toEqual({ problem: expect.stringContaining(problem) });
  expect(JSON.stringify(found.get(name))).not.toContain('swordfish');
});
