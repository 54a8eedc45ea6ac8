// What an expression can read of a definition, as an editor offers it.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { Readable } from '../../src/api/vocabulary.ts';
import { readableIn } from '../../src/projections/readable.ts';

const text = `workflow:
  id: orders
  version: 1
  input:
    properties:
      total: {type: integer, description: In cents.}
    required: [total]
  variables: {tries: 0}
  tasks:
    - {id: count, type: TRANSFORM, output: {sum: 3, of: "\${workflow.input.total}"}}
    - {id: send-mail, name: Send, assigned_to: ana}
    - {id: each, type: FORK, for_each: "\${[1, 2]}", tasks: [{id: one, type: HTTP, request: {method: GET, url: "https://example.org"}}]}
`;

test('tells inputs, variables, and tasks with what is known of their outputs', () => {
  const result = loadDefinition({ file: 'orders.yaml', content: text });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
  const found = Readable.parse(readableIn(result.loaded.definition));
  expect(found.inputs).toEqual([{ name: 'total', type: 'integer', doc: 'In cents.' }]);
  expect(found.variables).toEqual([{ name: 'tries', type: 'number' }]);
  expect(found.tasks.map(({ id }) => id)).toEqual(['count', 'send-mail', 'each', 'one']);
  expect(found.tasks[0]?.outputs).toEqual([
    { name: 'sum', type: 'number' },
    { name: 'of', type: 'any' },
  ]);
  expect(found.tasks[1]).toEqual({ id: 'send-mail', name: 'Send', type: 'SIMPLE' });
  expect(found.tasks[3]?.outputs?.map(({ name }) => name)).toEqual(['status', 'headers', 'body']);
});
