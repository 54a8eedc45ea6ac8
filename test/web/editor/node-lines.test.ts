import { expect, test } from 'vitest';
import { lineOfNode, nodeAtLine } from '../../../src/web/editor/node-lines.ts';

const box = { type: 'SIMPLE', x: 0, y: 0, width: 10, height: 10 };
const graph = {
  width: 0,
  height: 0,
  edges: [],
  nodes: [
    { ...box, id: 'ship', line: 20 },
    { ...box, id: 'pay', line: 12 },
    { ...box, id: 'end' },
  ],
};

test('a line belongs to the task that begins last before it', () => {
  expect([11, 12, 19, 20, 99].map((line) => nodeAtLine(graph, line))).toEqual([
    undefined,
    'pay',
    'pay',
    'ship',
    'ship',
  ]);
});

test('a task knows its line, where there is one', () => {
  expect([lineOfNode(graph, 'pay'), lineOfNode(graph, 'end'), lineOfNode(graph, 'none')]).toEqual([
    12,
    undefined,
    undefined,
  ]);
});
