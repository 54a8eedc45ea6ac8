// Runs that wait: for nobody, for somebody without a time-out, or for a signal that cannot come. Method: definitions
// for what a definition can bring about; for what the core rules out, an exploration that was tampered with.
import { expect, test } from 'vitest';
import { deepFindings } from '../../../../machines/prover/deep/deep-findings.ts';
import type { Explored, ExploredScene } from '../../../../machines/prover/explore/explore.ts';
import { deepOf } from './deep-of.ts';

/** Nothing of what these tests ask for depends on the text. */
const written = { keysOf: () => new Set<string>() };
const outline = { sites: [], workflow: {} };

const pair = `
  - {id: first, uses: notify, optional: true}
  - {id: second, uses: notify, optional: true, depends_on: first}`;

test('a run that nobody owes anything and that no timer moves is a deadlock', () => {
  const { chart, explored } = deepOf(pair);
  // As if the end of the first task had not been told to the second.
  const lost = tampered(explored, (each) => {
    const { run } = each.scene;
    const first = run.state.tasks['first'];
    const isWaiting = first?.state === 'completed' && run.state.tasks['second']?.state === 'scheduled';
    if (!isWaiting) return each;
    const tasks = { ...run.state.tasks, second: { state: 'waiting', attempt: 0 } };
    return { ...each, edges: [], scene: { ...each.scene, run: { ...run, state: { ...run.state, tasks } } } };
  });
  const found = deepFindings({ chart, explored: lost, outline, written });

  expect(found[0]).toMatchObject({ code: 'deep.deadlock', severity: 'error', tasks: ['second'] });
  expect(found[0]?.counterexample?.parts.map(({ move }) => move.type)).toEqual(['start', 'complete']);
});

test('scenes that only lead to each other never end', () => {
  const { chart, explored } = deepOf(pair);
  const round = tampered(explored, (each) => ({
    ...each,
    edges: each.edges.map((edge) =>
      explored.scenes.get(edge.to)?.scene.run.state.status === 'COMPLETED' ? { ...edge, to: each.key } : edge,
    ),
  }));

  expect(deepFindings({ chart, explored: round, outline, written })[0]).toMatchObject({
    code: 'deep.never-ends',
    tasks: ['second'],
  });
});

test('what waits for a person or a signal without a time-out is a note, with one it is none', () => {
  const wait = (more: string) =>
    deepOf(`- {id: paid, type: WAIT, signal: order-paid, optional: true${more}}`);
  const ask = (more: string) => deepOf(`- {id: ask, type: HUMAN, optional: true${more}}`);

  for (const { findings } of [
    wait(''),
    ask(''),
    ask(', timeout: 1h, on_timeout: escalate, escalate_to: {level: L0}'),
  ]) {
    expect(findings).toMatchObject([{ code: 'deep.waits-for-ever', severity: 'note' }]);
  }
  for (const { findings } of [wait(', timeout: 1h'), ask(', timeout: 1h')]) expect(findings).toEqual([]);
  expect(deepOf('- {id: ask, type: HUMAN, optional: true}', 'timeout: 2h').findings).toEqual([]);
});

test('a signal that can never match is an error', () => {
  const wait = (match: string) =>
    deepOf(`- {id: paid, type: WAIT, signal: order-paid, optional: true, match: '${match}'}`).said;

  expect(wait('signal.data.kind == "a" && signal.data.kind == "b"')).toEqual([
    'error deep.never-matches: paid',
  ]);
  expect(wait('signal.data.kind == "a"')).toEqual([]);
});

function tampered(explored: Explored, change: (each: ExploredScene) => ExploredScene): Explored {
  return { ...explored, scenes: new Map([...explored.scenes].map(([key, each]) => [key, change(each)])) };
}

test('a WAIT for a signal or a time is played with both', () => {
  const { said, explored } = deepOf('- {id: a, type: WAIT, signal: paid, duration: 1h}');
  const moves = [...explored.scenes.values()].flatMap(({ edges }) => edges.map(({ move }) => move.type));

  expect(said).toEqual([]);
  expect(moves).toEqual(expect.arrayContaining(['signal', 'pass']));
});
