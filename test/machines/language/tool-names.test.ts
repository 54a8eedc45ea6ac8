// The names of the tools of the MCP server are not those of definitions that are tools. Method: texts as they are
// checked when somebody writes them, and as they are read where they were accepted before.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';

const text = (keys: string): string => `workflow:
  id: workflow_show_run
  version: 1
  ${keys}
  tasks: [{id: a, type: NOOP}]
`;

test('a definition that is a tool is not called like one of the server, and is told where', () => {
  const result = loadDefinition({ file: 'a.yaml', content: text('expose: {mcp: true}') });
  const problems = result.ok ? [] : result.problems;
  expect(problems.map(({ code, line, column }) => `${line}:${column} ${code}`)).toEqual([
    '2:7 definition.reserved-id',
  ]);
  expect(loadDefinition({ file: 'a.yaml', content: text('name: A run is shown') }).ok).toBe(true);
});

test('one that was accepted before goes on as it is', () => {
  const content = text('expose: {mcp: true}');
  expect(loadDefinition({ file: 'a.yaml', content, isAccepted: true }).ok).toBe(true);
});
