// The schema for editors is generated, so it must be generated again when the form of agents.yaml changes:
// `npx vitest run test/machines/agents/agents-json-schema.test.ts -u` writes definitions/agents.schema.json.
import { expect, test } from 'vitest';
import { agentSchema, agentsJsonSchema, principalSchema } from '../../../machines/agents/load-agents.ts';

test('the file in definitions/ is the schema of this version', async () => {
  const text = `${JSON.stringify(agentsJsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../../definitions/agents.schema.json');
});

test('every key of an agent and of a principal is described', () => {
  const definitions = agentsJsonSchema()['definitions'] as Record<
    string,
    { readonly properties: Record<string, { readonly description?: string }> }
  >;
  for (const [what, schema] of [
    ['agent', agentSchema],
    ['principal', principalSchema],
  ] as const) {
    const properties = definitions[what]?.properties ?? {};
    const described = Object.keys(schema.shape).filter((key) => properties[key]?.description !== undefined);
    expect(described).toEqual(Object.keys(schema.shape));
  }
});

test('a name is needed in a list, and is the key in a mapping', () => {
  expect(agentsJsonSchema()['definitions']).toMatchObject({
    agent: { required: ['name'] },
    keyed_agent: { required: [] },
    principal: { required: ['name', 'level'] },
    keyed_principal: { required: ['level'] },
  });
});
