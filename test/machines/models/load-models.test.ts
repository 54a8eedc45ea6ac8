// models.yaml becomes checked models, or all that is wrong with it, each at its place. The schema for editors is
// generated: `npx vitest run test/machines/models -u` writes definitions/models.schema.json.
import { expect, test } from 'vitest';
import { loadModels, modelsJsonSchema } from '../../../machines/models/load-models.ts';

const load = (content: string) => loadModels({ file: 'models.yaml', content });

test('a model has an address, a name of its provider, and a secret as its key', () => {
  const text =
    'models:\n  smart:\n    address: https://models.example/v1/\n    model: big-1\n    key: ${secrets.KEY}\n    price: {input: 2, output: 8}\n    timeout: 2m\n';

  expect(load(text)).toMatchObject({
    ok: true,
    models: [
      {
        alias: 'smart',
        address: 'https://models.example/v1',
        name: 'big-1',
        secret: 'KEY',
        price: { input: 2, output: 8 },
        timeoutMs: 120_000,
        structured: 'schema',
      },
    ],
  });
});

test('what is wrong is told at its line and column, all of it at once', () => {
  const text =
    'models:\n  a: {address: "ftp://x", model: m}\n  b: {address: "http://x/v1", model: m, key: sk-123}\n  c: {address: "http://x/v1", modle: m}\n';
  const loaded = load(text);

  expect(loaded.ok ? [] : loaded.problems.map(({ code, line, column }) => [code, line, column])).toEqual([
    ['models.bad-value', 2, 16],
    ['models.bad-value', 3, 46],
    ['models.unknown-key', 4, 31],
  ]);
});

test('the file in definitions/ is the schema of this version', async () => {
  const text = `${JSON.stringify(modelsJsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../../definitions/models.schema.json');
});
