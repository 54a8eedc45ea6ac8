// A definition as boxes and lines. Method: the definitions of golden journals, which hold every kind of task.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionGraph, placedGraph } from '../../../src/projections/definition/definition-graph.ts';
import { definitionText } from '../../support/definition-text.ts';
import { goldenRun, goldenRuns } from '../golden-books.ts';

function graphOf(name: string) {
  const { boxes, lines } = definitionGraph(goldenRun(name).definition);
  const told = lines.map(
    ({ from, to, kind, label }) => `${from} ${kind}${label === undefined ? '' : ` ${label}`} ${to}`,
  );

  return { boxes, told };
}

test('leads from a decision to what its cases choose, with their values', () => {
  expect(graphOf('choices').told).toEqual([
    'ask needs choose',
    'choose case one never',
    'choose case two taken',
    'choose case two also',
    'taken needs shaped',
    'also needs shaped',
    'shaped needs told',
    'told needs called',
    'called needs done',
  ]);
});

test('says once that a task follows, and rather that it is chosen than that it waits', () => {
  const content = definitionText(`
    - {id: choose, type: DECISION, decision_param: 'true', decision_cases: {'true': {next: next}}}
    - {id: next, type: NOOP, depends_on: choose}
  `);
  const result = loadDefinition({ file: 'x.yaml', content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const { lines } = definitionGraph(result.loaded.definition);

  expect(lines.map(({ from, kind, to }) => [from, kind, to])).toEqual([['choose', 'case', 'next']]);
});

test('leads to what catches a failure, stands in for a task, and undoes it', () => {
  const { told } = graphOf('other-ways');
  expect(told).toContain('broken catch disk.full caught');
  expect(told).toContain('replaced fallback spare');
  expect(graphOf('undone').told).toContain('book undo unbook');
});

test('puts the branches of a FORK, and the body of another, inside of it', () => {
  const { boxes, told } = graphOf('forks');

  expect(Object.fromEntries(boxes.map(({ id, parent }) => [id, parent]))).toMatchObject({
    sides: undefined,
    left: 'sides',
    left2: 'sides',
    right: 'sides',
    row: 'each',
    row2: 'each',
    end: undefined,
  });
  expect(told).toContain('left needs left2');
  expect(told.filter((each) => each.startsWith('sides needs left'))).toEqual([]);
});

test('has a box for each task of every definition, and lines only between boxes', () => {
  for (const { name, definition } of goldenRuns()) {
    const { boxes, lines } = definitionGraph(definition);
    const ids = new Set(boxes.map(({ id }) => id));
    expect([name, ids.size]).toEqual([name, boxes.length]);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
    expect(lines.filter(({ from, to }) => !ids.has(from) || !ids.has(to))).toEqual([]);
    for (const { width, height } of boxes) expect(Math.min(width, height)).toBeGreaterThan(23);
  }
});

test('tells where each task stands in the picture and in the text', () => {
  const graph = definitionGraph(goldenRun('undone').definition);
  const boxes = new Map(
    graph.boxes.map(({ id, width, height }, index) => [id, { x: index * 10, y: 5, width, height }]),
  );
  const lines = new Map(graph.lines.map(({ id }) => [id, [{ x: 1, y: 2 }]]));
  const placed = placedGraph(graph, { width: 99, height: 9, boxes, lines }, new Map([['pay', 6]]));

  expect(placed).toMatchObject({ width: 99, height: 9 });
  expect(placed.nodes[1]).toMatchObject({ id: 'pay', x: 10, y: 5, line: 6 });
  expect(placed.edges[0]?.points).toEqual([{ x: 1, y: 2 }]);
});
