// In which states of its statechart a run is. Method: real journals, up to their end and up to an earlier event.
import { expect, test } from 'vitest';
import type { Graph } from '../../../src/api/run-parts.ts';
import { placedGraph } from '../../../src/projections/definition/definition-graph.ts';
import { stateGraph } from '../../../src/projections/definition/state-graph.ts';
import { runStates } from '../../../src/projections/run/run-graph.ts';
import { goldenRun, goldenRuns } from '../golden-books.ts';

const nowhere = { width: 0, height: 0, boxes: new Map(), lines: new Map() };
const ref = { id: 'golden', version: 1, hash: '' };

function statesOf({ book, definition }: ReturnType<typeof goldenRun>, at?: number): Graph {
  const graph = placedGraph(stateGraph({ definition, ref }), nowhere);

  return runStates(graph, { rows: book.rows, definition, at });
}

/** The states that the run is in, from the outermost on. */
function current(graph: Graph): readonly string[] {
  return graph.nodes.filter(({ note }) => note === 'current').map(({ id }) => id.replace('machine/', ''));
}

test('a run is in one state of each region, and in one of its phase', () => {
  for (const run of goldenRuns()) {
    const states = current(statesOf(run));
    const last = run.records.at(-1)?.data.head;
    expect([run.name, states.filter((id) => id.startsWith('phase/')).length]).toEqual([run.name, 1]);
    expect([run.name, states.some((id) => id.startsWith('phase/over/'))]).toEqual([
      run.name,
      last?.endedAt !== undefined,
    ]);
    for (const { id } of run.definition.tasks.filter(({ type }) => type === 'SIMPLE'))
      expect([
        run.name,
        id,
        states.filter((state) => new RegExp(`^\\w+/${id}/[^/]+$`).test(state)).length,
      ]).toEqual([run.name, id, 1]);
  }
});

test('as of an earlier event it is where it was then', () => {
  expect(current(statesOf(goldenRun('choices')))).toContain('tasks/never/skipped');
  expect(current(statesOf(goldenRun('choices'), 1)).slice(0, 4)).toEqual([
    'phase/running',
    'tasks/ask/scheduled',
    'tasks/choose/waiting',
    'tasks/never/waiting',
  ]);
});

test('passes that are in the same state are counted', () => {
  const { nodes } = statesOf(goldenRun('forks'));
  const row = nodes.filter(({ task, status }) => task === 'row' && status !== undefined);

  expect(row.map(({ name, status, counts }) => [name, status, counts])).toEqual([
    ['row', 'FAILED', { COMPLETED: 3, FAILED: 1 }],
    ['completed', 'COMPLETED', { COMPLETED: 3 }],
    ['failed', 'FAILED', undefined],
  ]);
});
