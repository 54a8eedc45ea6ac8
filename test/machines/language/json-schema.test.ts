// The schema for editors is generated, so it must be generated again when the language changes:
// `npx vitest run test/machines/language/json-schema.test.ts -u` writes definitions/workflow.schema.json.
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { definitionJsonSchema } from '../../../machines/language/json-schema.ts';
import { commonShape } from '../../../machines/language/schema/task-common.ts';
import { taskSchemas } from '../../../machines/language/schema/task-types.ts';

type Node = { readonly [key: string]: Node } & {
  readonly description?: string;
  readonly required?: readonly string[];
};
const schema = definitionJsonSchema() as unknown as Node;

/** As editors read it: by the schema alone. */
function worksetSchema(): z.ZodType {
  // What reads it here takes no alternatives that are nothing but required keys.
  const { properties = {} } = definitionJsonSchema();
  const { oneOf: _, ...workset } = properties['workset'] as Record<string, unknown>;

  return z.fromJSONSchema({ ...workset, $schema: 'http://json-schema.org/draft-07/schema#' });
}

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

  test.each([
    'examples/worksets/definitions/month-end.workset.yaml',
    'test/fixtures/seeds/inventory-check.workset.yaml',
  ])('takes the workset of %s, and no key that worksets do not have', (path) => {
    const { workset } = load(readFileSync(path, 'utf8')) as { workset: Record<string, unknown> };
    const read = worksetSchema();

    expect(read.safeParse(workset).error).toBeUndefined();
    expect(read.safeParse({ ...workset, gaol: 'x' }).success).toBe(false);
    expect(read.safeParse({ ...workset, items: [{ id: 'a' }] }).success).toBe(false);
  });

  test('has one of a workflow and a workset at the top', () => {
    expect(schema['oneOf']).toEqual([{ required: ['workflow'] }, { required: ['workset'] }]);
    expect(Object.keys(schema['properties'] ?? {})).toEqual(['workflow', 'workset']);
    expect(schema['properties']?.['workset']?.['oneOf']).toEqual([
      { required: ['items'] },
      { required: ['workflow'] },
    ]);
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
