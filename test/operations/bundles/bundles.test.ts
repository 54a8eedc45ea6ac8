// Bundles by the command line: made of a project, listed, compared, used again, and refused with what is in the way.
// Method: the real operations over stores in memory; the whole way stands in test/e2e/bundles.test.ts.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProject, type Project } from '../../cli/project.ts';

const noop = '[{id: a, type: NOOP}]';
const text = (id: string, version: number, tasks = noop) =>
  `workflow: {id: ${id}, version: ${version}, tasks: ${tasks}}\n`;

async function opened(files: Readonly<Record<string, string>> = {}) {
  const project = await createProject({ 'definitions/orders.yaml': text('orders', 1), ...files });
  const json = async (line: string) => {
    const { exit, out, err } = await project.cli(`${line} --json`);
    return { exit, body: JSON.parse(exit === 0 || exit === 7 ? out : err) as Record<string, unknown> };
  };

  return {
    ...project,
    json,
    write: (path: string, content: string) => writeFile(join(project.dir, path), content),
  };
}

async function startedVersion({ cli }: Project, name = 'orders'): Promise<number> {
  const { out, err, exit } = await cli(`start ${name} --json`);
  expect(exit, err).toBe(0);
  const { run } = JSON.parse(out) as { run: string };
  const { definition } = JSON.parse((await cli(`show ${run} --json`)).out) as {
    definition: { version: number };
  };

  return definition.version;
}

test('a name starts the version of the current bundle, of one that is used again too, whatever is registered', async () => {
  const world = await opened();
  const { json, cli, write } = world;
  const first = await json('definitions publish --reason first');
  expect(first).toMatchObject({
    exit: 0,
    body: { outcome: 'published', items: [{ name: 'orders', change: 'added, v1' }] },
  });
  await write('definitions/orders.yaml', text('orders', 2));
  expect((await cli('definitions publish definitions/orders.yaml')).err).toContain(
    'the current bundle holds orders v1',
  );
  await rm(join(world.dir, 'definitions/orders.yaml'));
  expect(await startedVersion(world)).toBe(1);

  await write('definitions/orders.yaml', text('orders', 2));
  expect(await json('definitions publish')).toMatchObject({ body: { items: [{ change: 'v1 to v2' }] } });
  expect(await startedVersion(world)).toBe(2);
  const hash = String(first.body['hash']).slice(0, 8);
  expect(await json(`bundles use ${hash} --reason back`)).toMatchObject({
    body: { items: [{ change: 'v2 to v1' }] },
  });
  expect(await startedVersion(world)).toBe(1);
  expect(await json('bundles list')).toMatchObject({
    body: {
      total: 3,
      items: [{ isCurrent: true, reason: 'back' }, { isCurrent: false }, { isCurrent: true }],
    },
  });
  expect(await json('definitions list')).toMatchObject({ body: { items: [{ id: 'orders', version: 1 }] } });
});

test('a dry run publishes nothing, and the same content again is known', async () => {
  const { json } = await opened();
  expect(await json('definitions publish --dry-run')).toMatchObject({ body: { outcome: 'dry-run' } });
  expect(await json('bundles list')).toMatchObject({ body: { total: 0 } });
  expect(await json('definitions publish')).toMatchObject({ body: { outcome: 'published' } });

  expect(await json('definitions publish')).toMatchObject({ body: { outcome: 'known' } });
  expect(await json('bundles list')).toMatchObject({ body: { total: 1 } });
});

test('a definition by which runs would have gone another way keeps the whole bundle back', async () => {
  const world = await opened({ 'definitions/other.yaml': text('other', 1) });
  const { json, write } = world;
  await json('definitions publish');
  expect(await startedVersion(world)).toBe(1);
  await write('definitions/orders.yaml', text('orders', 2, '[{id: b, type: NOOP}]'));
  await write('definitions/other.yaml', text('other', 2));

  const kept = await json('definitions publish');
  expect(kept).toMatchObject({ exit: 7, body: { outcome: 'different' } });
  expect(await startedVersion(world, 'other')).toBe(1);
  expect(await json('definitions publish --accept-differences')).toMatchObject({
    body: { outcome: 'published' },
  });
  expect(await startedVersion(world, 'other')).toBe(2);
});

test('what works with files of the folder is refused by name, and published where that is accepted', async () => {
  const tasks = [
    '{id: scan, uses: files.scan, input: {folder: in}}',
    '{id: run, run: {command: [node, scripts/count.mjs]}}',
    '{id: shell, run: {shell: sh, command: ["cat scripts/count.mjs | wc"]}}',
    '{id: plain, run: {command: [echo, hello]}}',
    '{id: rules, uses: policy.load, input: {policy: none.yaml}}',
    '{id: save, type: NOOP, output_to: out/a.json}',
  ];
  const { json } = await opened({
    'definitions/orders.yaml': text('orders', 1, `[${tasks.join(', ')}]`),
    'scripts/count.mjs': '',
    'agents.yaml': 'agents: [{name: fil, transport: {files: {inbox: in, outbox: out}}}]\n',
  });
  const refused = await json('definitions publish');
  const { code, message } = refused.body['error'] as { code: string; message: string };
  expect([refused.exit, code]).toEqual([5, 'bundle.needs-files']);
  const lines = [
    'orders  scan: uses files.scan',
    'orders  run: runs a command with scripts/count.mjs',
    'orders  shell: runs a command with scripts/count.mjs',
    'orders  loads none.yaml, which is no file of the project',
    'the agent fil works with files of the project',
  ];
  for (const line of lines) expect(message).toContain(line);
  expect(message).not.toContain('plain');

  const accepted = await json('definitions publish --accept-files');
  expect(accepted).toMatchObject({ exit: 0, body: { outcome: 'published' } });
  expect(JSON.stringify(accepted.body['needsFiles'])).toContain('files.scan');
});

test('settings that cannot be used, a definition with errors and a project without any are refused', async () => {
  const code = async (files: Readonly<Record<string, string>>) =>
    ((await (await opened(files)).json('definitions publish')).body['error'] as { code: string }).code;

  expect(await code({ 'agents.yaml': 'agents: 7\n' })).toBe('agents.invalid');
  expect(await code({ 'serve.yaml': 'hooks: 7\n' })).toBe('serve.invalid');
  expect(await code({ 'definitions/orders.yaml': text('orders', 1, '[{id: a, type: NOP}]') })).toBe(
    'definition.invalid',
  );
  const { dir, json } = await opened();
  await rm(join(dir, 'definitions/orders.yaml'));
  expect((await json('definitions publish')).body['error']).toMatchObject({ code: 'bundle.empty' });
});

test('the beginning of a hash that names no bundle is refused, and so is one that is too short or no hash', async () => {
  const { json } = await opened();
  await json('definitions publish');

  expect(await json('bundles use 000000')).toMatchObject({
    exit: 4,
    body: { error: { code: 'bundle.not-found' } },
  });
  expect(await json('bundles diff abc')).toMatchObject({ exit: 2, body: { error: { code: 'usage.input' } } });
});
