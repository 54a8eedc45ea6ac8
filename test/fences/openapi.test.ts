// Pins down that the description of the HTTP API is what its routes are, and that each route says what it is for.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describedApi } from './openapi-document.ts';
import { root } from './repository-files.ts';

const operations = Object.entries((await describedApi()).paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, operation })),
);

test('docs/openapi.json is what the routes of the HTTP API say', async () => {
  const text = `${JSON.stringify(await describedApi(), null, 1)}\n`;
  await expect(text).toMatchFileSnapshot(join(root, 'docs/openapi.json'));
});

test('each route says in words what it does, which group it is of, and what it answers', async () => {
  expect(operations.length).toBeGreaterThan(50);
  const wordless = operations.filter(({ operation: { tags, summary, responses } }) => {
    const answers = Object.values(responses);
    return tags.length !== 1 || summary === '' || answers.some(({ description }) => description === '');
  });
  expect(wordless.map(({ name }) => name)).toEqual([]);
});

test('each part of a path is described', async () => {
  const nameless = operations.filter(({ path, operation: { parameters = [] } }) => {
    const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const described = parameters.filter((each) => each.in === 'path').map(({ name }) => name);
    return parts.sort().join() !== described.sort().join();
  });
  expect(nameless.map(({ name }) => name)).toEqual([]);
});

test('nothing in the description leads anywhere but to the problem that every route may answer with', async () => {
  const references = [...JSON.stringify(await describedApi()).matchAll(/"\$ref":"([^"]+)"/g)].map(
    ([, to]) => to,
  );

  expect(new Set(references)).toEqual(new Set(['#/components/schemas/Problem']));
});
