// Pins down that the AsyncAPI document of the worker protocol is what the schemas say, and that it is whole.
import { join } from 'node:path';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { outboundEvents } from '../../events/outbound-events.ts';
import { asyncapiDocument } from './asyncapi-document.ts';
import { root } from './repository-files.ts';

test('docs/asyncapi.yaml is what the schemas of the worker protocol say', async () => {
  await expect(asyncapiDocument()).toMatchFileSnapshot(join(root, 'docs/asyncapi.yaml'));
});

test('every event that engines publish of runs and approvals stands in it, with what its data holds', () => {
  const { components, channels } = load(asyncapiDocument()) as {
    readonly components: { readonly messages: Readonly<Record<string, { readonly payload?: object }>> };
    readonly channels: { readonly published: { readonly messages: object } };
  };
  expect(Object.keys(channels.published.messages)).toEqual(Object.keys(outboundEvents));
  for (const [type, data] of Object.entries(outboundEvents))
    expect(components.messages[type]?.payload).toMatchObject({
      properties: {
        type: { const: type },
        data: { properties: Object.fromEntries(Object.keys(data.shape).map((name) => [name, {}])) },
      },
    });
});

test('every reference of the document leads somewhere, and every message is described', () => {
  const document = load(asyncapiDocument());
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
    ([, path = '']) => path,
  );
  const at = (path: string) =>
    path
      .split('/')
      .reduce<unknown>((tree, key) => (tree as Record<string, unknown> | undefined)?.[key], document);

  expect(references.length).toBeGreaterThan(15);
  expect(references.filter((path) => at(path) === undefined)).toEqual([]);
  expect(at('components/messages')).toSatisfy((messages: Record<string, { summary?: string }>) =>
    Object.values(messages).every(({ summary }) => summary !== undefined && summary !== ''),
  );
});
