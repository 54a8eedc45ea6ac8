// How a run went through its definition. Method: real journals, up to their end and up to an earlier event.
import { expect, test } from 'vitest';
import { definitionGraph, placedGraph } from '../../../src/projections/definition/definition-graph.ts';
import { runGraph } from '../../../src/projections/run/run-graph.ts';
import { goldenRun, goldenRuns } from '../golden-books.ts';

function graphOf({ book, definition }: ReturnType<typeof goldenRun>, at?: number) {
  const graph = placedGraph(definitionGraph(definition), {
    width: 0,
    height: 0,
    boxes: new Map(),
    lines: new Map(),
  });

  return runGraph(graph, { rows: book.rows, definition, at });
}

function taken(name: string, at?: number): readonly string[] {
  return graphOf(goldenRun(name), at)
    .edges.filter(({ isTaken }) => isTaken)
    .map(({ from, to }) => `${from} ${to}`);
}

test('takes the lines of the case that was chosen, and tells by which value', () => {
  const { edges, nodes } = graphOf(goldenRun('choices'));

  expect(taken('choices')).not.toContain('choose never');
  expect(taken('choices')).toContain('choose taken');
  expect(edges.find(({ to }) => to === 'never')?.evidence).toBe('ask.output.gives was "two"');
  expect(nodes.find(({ id }) => id === 'never')?.status).toBe('SKIPPED');
});

test('takes nothing before it came to it', () => {
  expect(taken('choices', 1)).toEqual([]);
  expect(graphOf(goldenRun('choices'), 1).nodes.find(({ id }) => id === 'ask')?.status).toBe('SCHEDULED');
});

test('takes what catches a failure, what stands in and what undoes only where it came to that', () => {
  expect(taken('other-ways')).toEqual(expect.arrayContaining(['broken caught', 'replaced spare']));
  expect(taken('undone')).toEqual(expect.arrayContaining(['book unbook', 'pay refund']));
  expect(taken('undone', 3)).not.toContain('book unbook');
});

test('counts the passes of a FORK by how they are', () => {
  const row = graphOf(goldenRun('forks')).nodes.find(({ id }) => id === 'row');

  expect(row?.status).toBe('FAILED');
  expect(row?.counts).toEqual({ COMPLETED: 3, FAILED: 1 });
});

test('gives every task the status that the last event of its run left it in', () => {
  for (const run of goldenRuns()) {
    const { nodes } = graphOf(run);
    const isOver = run.records.at(-1)?.data.head.endedAt !== undefined;
    const moving = nodes.filter(({ status = '' }) =>
      ['IN_PROGRESS', 'SCHEDULED', 'RETRYING'].includes(status),
    );
    if (isOver) expect([run.name, moving.map(({ id }) => id)]).toEqual([run.name, []]);
  }
});
