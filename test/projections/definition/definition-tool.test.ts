// A definition as a tool tells a model what it takes, and a client what it may do. What is not known to do nothing may
// do anything. Method: definitions as texts.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionTool } from '../../../src/projections/definition/definition-tool.ts';

function toolOf(tasks: string, more = '') {
  const content = `workflow:\n  id: tried\n  version: 1\n${more}  tasks: [${tasks}]\n`;
  const read = loadDefinition({ file: 'tried.yaml', content });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));

  return definitionTool(read.loaded.definition);
}

test('the inputs of a definition are the schema of the tool', () => {
  const tool = toolOf(
    '{id: a, type: NOOP}',
    '  input: {required: [size], properties: {size: {type: integer, minimum: 1, description: How large.}, kind: {enum: [x, y], default: x}, pin: {secret: true, default: "1"}}}\n',
  );
  expect(tool.input).toEqual({
    type: 'object',
    properties: {
      size: { type: 'integer', minimum: 1, description: 'How large.' },
      kind: { type: 'string', enum: ['x', 'y'], default: 'x' },
      pin: { type: 'string', writeOnly: true },
    },
    required: ['size'],
    additionalProperties: false,
  });
});

test.each([
  ['{id: a, type: NOOP}', { changes: false, reachesOut: false, asksPeople: false }],
  [
    '{id: a, type: HTTP, request: {method: GET, url: "https://a.example"}}',
    { changes: false, reachesOut: true },
  ],
  [
    '{id: a, type: HTTP, request: {method: POST, url: "https://a.example"}}',
    { changes: true, reachesOut: true },
  ],
  ['{id: a, run: "true"}', { changes: true, reachesOut: true }],
  ['{id: a, type: HUMAN, wait_for_approval: true}', { changes: false, reachesOut: true, asksPeople: true }],
  ['{id: a, type: TRANSFORM, output: {b: 1}, output_to: c.json}', { changes: true, reachesOut: false }],
  [
    '{id: a, type: DO_WHILE, loop_condition: "loop.iteration < 2", tasks: [{id: b, run: "true"}]}',
    { changes: true },
  ],
])('%s may do this: %j', (tasks, mayDo) => {
  expect(toolOf(tasks).mayDo).toMatchObject(mayDo);
});

test('a definition that says nothing of itself is told by its id', () => {
  expect(toolOf('{id: a, type: NOOP}')).toMatchObject({
    name: 'tried',
    description: expect.stringContaining('tried'),
  });
});
