// Definitions over HTTP: who may write them, and what is told of one that cannot be used; and commands for what else is
// asked of them. Method: the engine, a journal in memory; the whole way stands in test/e2e/http-definitions.test.ts.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { authorityOf } from '../../../machines/agents/authority.ts';
import { createLayout } from '../../../src/project/layout.ts';
import { createProject } from '../../cli/project.ts';
import { openRoutes } from '../../http/routes-world.ts';

const text = 'workflow: {id: orders, version: 1, tasks: [{id: a, type: NOOP}]}\n';

async function opened(files: Readonly<Record<string, string>> = {}) {
  const layout = createLayout();
  const authority = authorityOf([
    { name: 'ana', level: 'L1' },
    { name: 'ben', level: 'L3' },
  ]);
  const notAsked = () => Promise.reject(new Error('nobody asks for it here'));
  const more = { layout, authority, tests: { test: notAsked, deepCheck: notAsked }, importer: notAsked };
  const world = await openRoutes(files, undefined, more);

  return { ...world, layout };
}

test('the file of a strategic definition is written by those who may register it, and made no lower one by others', async () => {
  const { post } = await opened();
  const strategic = text.replace('version: 1', 'version: 1, stratos: strategic');
  const save = (written: string) =>
    post('/definitions/save', { file: 'orders.yaml', text: written, replace: true }, 'ana');
  const refused = { status: 403, body: { code: 'authority.level' } };
  expect(await save(strategic)).toMatchObject(refused);
  expect(await save(text)).toMatchObject({ status: 200 });

  const registered = await opened({ 'definitions/orders.yaml': strategic });
  expect(await registered.cli('start orders --detach')).toMatchObject({ exit: 0 });
  const lower = { file: 'orders.yaml', text: text.replace('version: 1', 'version: 2'), replace: true };
  expect(await registered.post('/definitions/save', lower, 'ana')).toMatchObject(refused);
});

test('only those write a definition who may define, by their token and by themselves', async () => {
  const { post, dir, layout } = await opened();
  const save = (as: string) => post('/definitions/save', { file: 'orders.yaml', text }, as);
  expect(await save('ben')).toMatchObject({ status: 403, body: { code: 'authority.level' } });
  expect(await save('ana:L3')).toMatchObject({ status: 403, body: { code: 'authority.level' } });
  expect(await save('eve')).toMatchObject({ status: 403, body: { code: 'authority.unknown' } });
  await expect(readFile(join(dir, 'definitions/orders.yaml'))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await save('ana')).toMatchObject({ status: 200 });
  await layout.close();

  expect(await readFile(join(dir, 'definitions/orders.yaml'), 'utf8')).toBe(text);
});

test('a file that is no definition is listed with what is wrong, and refused where it would be used', async () => {
  const broken = text.replace('NOOP', 'NOP');
  const { get, post, layout } = await opened({ 'definitions/orders.yaml': broken });
  const { body } = await get('/definitions');
  expect(body).toMatchObject({ items: [{ id: 'orders', problems: 1, tasks: 0, source: 'project' }] });
  expect(await get('/definitions/orders')).toMatchObject({ status: 200, body: { text: broken } });
  expect(await get('/definitions/orders/graph')).toMatchObject({ status: 422 });
  expect(await post('/definitions/publish', { text: broken })).toMatchObject({
    ...{ status: 422, body: { code: 'definition.invalid', problems: [{ fix: 'NOOP', line: 1 }] } },
  });
  await layout.close();

  expect(await get('/definitions/order')).toMatchObject({
    status: 404,
    body: { fix: 'did you mean "orders"?' },
  });
});

test('the page of a definition has what a start by its id says of a file that is not published', async () => {
  const { get, post, layout } = await opened({ 'definitions/orders.yaml': text });
  const draft = async () => (await get('/definitions/orders')).body['draft'];
  expect(await draft()).toBeUndefined();
  const later = text.replace('version: 1', 'version: 2');
  await post('/definitions/publish', { file: 'orders.yaml', text }, 'ana');
  await post('/definitions/save', { file: 'orders.yaml', text: later, replace: true }, 'ana');

  expect(await draft()).toEqual({
    file: 'definitions/orders.yaml',
    version: 2,
    message: expect.stringContaining('v2, which is not published; v1 is what counts'),
  });
  await layout.close();
});

test('an old version is published again as a new one, with a reason that is kept', async () => {
  const { get, post, layout } = await opened();
  const commented = '# the first\n{workflow: {id: orders, version: 1, tasks: [{id: a, type: NOOP}]}} # end\n';
  const second = text.replace('version: 1', 'version: 2').replace('id: a', 'id: b');
  const publish = (body: object) => post('/definitions/publish', { file: 'orders.yaml', ...body });
  expect(await publish({ text: commented, reason: 'to begin with' })).toMatchObject({ status: 200 });
  expect(await publish({ text: second })).toMatchObject({ status: 200 });
  const rollback = (body: object, as = 'ana') => post('/definitions/orders/rollback', body, as);
  const version3 = { outcome: 'dry-run', definition: { version: 3 }, against: { version: 2 } };
  expect(await rollback({ version: 1, dryRun: true })).toMatchObject({ status: 200, body: version3 });
  expect(await rollback({ version: 1 }, 'ana:L2')).toMatchObject({ status: 403 });
  expect(await rollback({ version: 2 })).toMatchObject({
    ...{ status: 409, body: { code: 'definition.is-latest' } },
  });
  expect(await rollback({ version: 7 })).toMatchObject({
    ...{ status: 404, body: { code: 'definition.not-found' } },
  });
  const done = await rollback({ version: 1, reason: 'b was wrong' });
  await layout.close();
  expect(done).toMatchObject({ status: 200, body: { outcome: 'registered', definition: { version: 3 } } });

  const { body } = await get('/definitions/orders');
  expect(body).toMatchObject({
    version: 3,
    text: commented.replace('version: 1', 'version: 3'),
    history: [
      { version: 3, isRegistered: true, published: { by: 'ana', reason: 'b was wrong' } },
      { version: 2, published: { by: 'ana' } },
      { version: 1, published: { by: 'ana', reason: 'to begin with' } },
    ],
  });
});

test('a command publishes an old version again, and its exit code says that runs would have gone another way', async () => {
  const { cli, dir } = await createProject({ 'definitions/orders.yaml': text });
  const publish = () => cli('definitions publish definitions/orders.yaml');
  expect(await publish()).toMatchObject({ exit: 0 });
  await writeFile(
    join(dir, 'definitions/orders.yaml'),
    text.replace('version: 1', 'version: 2').replace('id: a', 'id: b'),
  );
  expect(await publish()).toMatchObject({ exit: 0 });
  expect(await cli('start orders')).toMatchObject({ exit: 0 });

  const refused = await cli('definitions rollback orders 1');
  expect(refused).toMatchObject({ exit: 7, out: expect.stringContaining('outcome: different') });
  const { exit, out } = await cli('definitions rollback orders 1 --accept-differences --reason wrong --json');
  expect({ exit, ...JSON.parse(out) }).toMatchObject({
    ...{ exit: 0, kind: 'DefinitionsRollback', outcome: 'registered' },
    definition: { id: 'orders', version: 3 },
    reports: [{ outcome: 'different' }],
  });
  expect(await cli('definitions rollback orders 9')).toMatchObject({
    ...{ exit: 4, err: expect.stringContaining('version 9 of orders is not registered') },
  });
});

test('commands list what comes with the program, and what depends on what', async () => {
  const calls = text.replace('type: NOOP', 'type: SUB_WORKFLOW, workflow: parts');
  const { cli } = await createProject({
    'definitions/orders.yaml': calls,
    'definitions/parts.yaml': text.replace('orders', 'parts'),
  });
  const { out: templates } = await cli('definitions templates');
  expect(templates).toMatch(/^ID +VERSION +TASKS +TESTS +DESCRIPTION\n/);
  expect(templates).toMatch(/^document-approval +1 /m);
  const { out: map, err } = await cli('definitions map');
  expect({ map, err }).toEqual({
    map: 'FROM               KIND   TO\ndefinition:orders  calls  definition:parts\n',
    err: '',
  });
});

test('a draft that names what there is not is refused alike, whatever is asked of it', async () => {
  const { post, layout } = await opened({ 'definitions/orders.yaml': text });
  const { body } = await post('/runs', { definition: 'orders', input: {} }, 'ana');
  const draft = { file: 'orders.yaml', text: text.replace('type: NOOP', 'uses: files.sacn') };
  const problems = [{ code: 'definition.unknown-action' }];
  const refused = { status: 422, body: { code: 'definition.invalid', problems } };
  expect(await post('/definitions/check', draft)).toMatchObject({ body: { ok: false, problems } });
  expect(await post('/definitions/publish', draft, 'ana')).toMatchObject(refused);
  expect(await post('/definitions/test', draft)).toMatchObject(refused);
  expect(await post('/definitions/what-if', { ...draft, run: body['run'] }, 'ana')).toMatchObject(refused);
  await layout.close();
});
