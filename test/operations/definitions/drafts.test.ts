// What editors are told while a text is written, and what publishing it would change for others. Method: the routes
// over the engine with a journal in memory.
import { expect, test } from 'vitest';
import type { DefinitionTemplate } from '../../../src/api/definitions.ts';
import type { ImportCall } from '../../../src/ports/definitions/definition-import.ts';
import { createLayout } from '../../../src/project/layout.ts';
import { openRoutes } from '../../http/routes-world.ts';

const orders = (input: string, version = 1) =>
  `workflow: {id: orders, version: ${version}, input: {properties: {${input}}}, tasks: [{id: a, type: NOOP}]}\n`;

async function opened() {
  const layout = createLayout();
  const asked: ImportCall[] = [];
  const importer = () =>
    Promise.resolve((request: ImportCall) => {
      asked.push(request);

      return { ok: true as const, definitions: [] };
    });
  const notAsked = () => Promise.reject(new Error('nobody asks for it here'));
  const tests = { test: notAsked, deepCheck: notAsked };
  const world = await openRoutes({}, undefined, { layout, importer, tests });

  return { ...world, layout, asked };
}

test('the words of expressions are those of the language, and a checked text tells what it can read', async () => {
  const { get, post, layout } = await opened();
  const { body } = await get('/vocabulary');
  expect(body).toMatchObject({
    functions: expect.arrayContaining([expect.objectContaining({ name: 'size', signature: 'size(x)' })]),
  });
  const check = (text: string) => post('/definitions/check', { text });
  expect(await check(orders('total: {type: integer}'))).toMatchObject({
    body: { ok: true, readable: { inputs: [{ name: 'total', type: 'integer' }], tasks: [{ id: 'a' }] } },
  });
  expect((await check('workflow: {id: orders'))?.body).not.toHaveProperty('readable');
  await layout.close();
});

test('publishing tells what changes for whoever starts it, against the version that is registered', async () => {
  const { post, layout } = await opened();
  const publish = (text: string, dryRun: boolean) => post('/definitions/publish', { text, dryRun });
  const before = orders('total: {type: integer}');
  expect(await publish(before, false)).toMatchObject({ body: { outcome: 'registered', changes: [] } });
  expect(await publish(orders('total: {type: string}', 2), true)).toMatchObject({
    body: {
      outcome: 'dry-run',
      runningBy: [],
      changes: [
        { kind: 'changed', place: 'input', name: 'total', note: 'was integer, is string', breaks: true },
      ],
    },
  });
  await layout.close();
});

test('task definitions go along with what is imported', async () => {
  const { post, layout, asked } = await opened();
  expect(await post('/definitions/import', { text: '{}', file: 'a.json', tasks: '[]' })).toMatchObject({
    body: { definitions: [] },
  });
  expect(asked).toEqual([{ text: '{}', file: 'a.json', tasks: { text: '[]', file: 'task definitions' } }]);
  await layout.close();
});

test('a template tells what it needs, and how many cases are written for it', async () => {
  const { get, layout } = await opened();
  const { templates }: { readonly templates: readonly DefinitionTemplate[] } = (await get('/templates')).body;
  const approval = templates.find(({ id }) => id === 'document-approval');
  expect(approval?.tests).toBeGreaterThan(0);
  expect(approval?.needs).toMatchObject({ secrets: [] });
  await layout.close();
});
