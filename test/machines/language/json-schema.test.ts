// The schema for editors is generated, so it must be generated again when the language changes:
// `npx vitest run test/machines/language/json-schema.test.ts -u` writes definitions/workflow.schema.json.
import { describe, expect, test } from 'vitest';
import { definitionJsonSchema } from '../../../machines/language/json-schema.ts';
import { commonShape } from '../../../machines/language/schema/task-common.ts';
import { taskSchemas } from '../../../machines/language/schema/task-types.ts';

type Node = { readonly [key: string]: Node } & {
  readonly description?: string;
  readonly required?: readonly string[];
};
const schema = definitionJsonSchema() as unknown as Node;

test('the file in definitions/ is the schema of this version', async () => {
  const text = `${JSON.stringify(definitionJsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../../definitions/workflow.schema.json');
});

describe('the schema', () => {
  test('knows every task type by each of its spellings', () => {
    expect(Object.keys(schema['definitions'] ?? {}).sort()).toEqual(
      ['task', ...Object.keys(taskSchemas).map((type) => `${type.toLowerCase()}_task`)].sort(),
    );
    expect(JSON.stringify(schema['definitions']?.['task'])).toContain('"SWITCH"');
  });

  test('requires what the checker requires', () => {
    expect(schema['properties']?.['workflow']?.required).toEqual(['id', 'version', 'tasks']);
    expect(schema['definitions']?.['decision_task']?.required).toEqual([
      'id',
      'type',
      'decision_param',
      'decision_cases',
    ]);
    expect(schema['definitions']?.['simple_task']?.required).toEqual(['id']);
  });

  test('describes every key of a task and of a workflow', () => {
    const properties = { ...schema['definitions']?.['simple_task']?.['properties'] };
    const described = Object.keys(commonShape).filter((key) => properties[key]?.description === undefined);
    expect(described).toEqual([]);
  });

  test('leads from nested tasks back to tasks', () => {
    const loop = schema['definitions']?.['do_while_task']?.['properties']?.['tasks'];
    expect(loop?.['items']).toEqual({ $ref: '#/definitions/task' });
  });
});
