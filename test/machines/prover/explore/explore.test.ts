// Every way that a run can go is found, each with inputs and results that lead there, and what is left out is said.
// Method: small definitions whose ways can be counted by hand, and the real core.
import { expect, test } from 'vitest';
import { candidatesOf } from '../../../../machines/prover/candidates/candidates-of.ts';
import { begin, type Explored, explore, movesTo } from '../../../../machines/prover/explore/explore.ts';
import { movesOf } from '../../../../machines/prover/explore/moves.ts';
import { playOut } from '../../../../machines/prover/explore/play-out.ts';
import { expectedRecord, scenarioOf } from '../../../../machines/prover/explore/scenario-of.ts';
import { keyOf } from '../../../../machines/prover/explore/scene-key.ts';
import { take } from '../../../../machines/prover/explore/take.ts';
import { chartOf } from '../../../support/chart-of.ts';

function exploredOf(tasks: string, scenesMax = 20_000): Explored {
  const chart = chartOf(tasks);

  return explore(chart, candidatesOf(chart.definition, chart), { scenesMax });
}

/** How the runs end, each way once: `COMPLETED a=completed b=skipped`. */
function endsOf(explored: Explored): readonly string[] {
  const over = [...explored.scenes.values()].filter(({ edges }) => edges.length === 0);
  const told = over.map(({ scene: { run } }) => {
    const tasks = Object.entries(run.state.tasks).map(([id, { state }]) => `${id}=${state}`);
    return `${run.state.status} ${tasks.join(' ')}`;
  });

  return [...new Set(told)].sort();
}

test('every case of a decision is taken, by results that the world may give', () => {
  const explored = exploredOf(`
- {id: look, uses: noop}
- {id: gate, type: DECISION, depends_on: look, decision_param: "\${look.output.color}", decision_cases: {red: {next: stop}, green: {next: go}}}
- {id: stop, type: NOOP}
- {id: go, type: NOOP}
`);

  expect(explored.isWhole).toBe(true);
  expect(endsOf(explored)).toEqual(
    expect.arrayContaining([
      'COMPLETED look=completed gate=case red stop=completed go=skipped',
      'COMPLETED look=completed gate=case green stop=skipped go=completed',
      'COMPLETED look=completed gate=no_match stop=skipped go=skipped',
    ]),
  );
});

test('a condition decides by what the run was given, so ways that exclude each other are not joined', () => {
  const explored = exploredOf(`
- {id: a, uses: noop}
- {id: left, type: NOOP, depends_on: a, when: "a.output.n > 3"}
- {id: right, type: NOOP, depends_on: [a, left], join: all_done, when: "a.output.n <= 3"}
`);
  const both = endsOf(explored).filter(
    (end) => end.includes('left=completed') && end.includes('right=completed'),
  );

  expect(both).toEqual([]);
  expect(endsOf(explored).some((end) => end.includes('left=completed right=skipped'))).toBe(true);
  expect(endsOf(explored).some((end) => end.includes('left=skipped right=completed'))).toBe(true);
});

test('tasks side by side are brought to their ends one after another: their ways add up and do not multiply', () => {
  const tasks = (count: number) =>
    Array.from(
      { length: count },
      (_, index) =>
        `- {id: t${index}, uses: noop, timeout: 30s, retry_policy: {max_attempts: 3, initial_delay: 1s}}`,
    ).join('\n');
  const [four, eight, sixteen] = [4, 8, 16].map((count) => exploredOf(tasks(count)).scenes.size);

  expect(eight).toBeLessThan((four ?? 0) * 3);
  expect(sixteen).toBeLessThan((eight ?? 0) * 3);
});

test('what feeds a join of any ends in every order', () => {
  const explored = exploredOf(`
- {id: a, uses: noop, optional: true}
- {id: b, uses: noop, optional: true}
- {id: first, type: NOOP, depends_on: [a, b], join: any}
`);
  const moved = [...explored.scenes.values()].flatMap(({ edges }) =>
    edges.flatMap(({ move, events }) => {
      const starts = events.some(({ transitions }) =>
        transitions.some(({ task, to }) => task === 'first' && to === 'completed'),
      );
      return starts && move.type === 'complete' ? [move.task] : [];
    }),
  );

  expect(new Set(moved)).toEqual(new Set(['a', 'b']));
});

test('beside a task that ends the run, others may come to their ends first, whatever stands first in the file', () => {
  const guarded = exploredOf(`
- {id: watchdog, type: WAIT, duration: 5s}
- {id: too_late, type: TERMINATE, depends_on: watchdog, status: FAILED}
- {id: build, uses: noop}
- {id: ship, uses: noop, depends_on: build}
- {id: finish, type: TERMINATE, depends_on: ship, status: COMPLETED}
`);
  const ends = endsOf(guarded);

  expect(ends).toContain(
    'COMPLETED watchdog=cancelled too_late=cancelled build=completed ship=completed finish=completed',
  );
  expect(ends).toContain(
    'FAILED watchdog=completed too_late=completed build=cancelled ship=cancelled finish=cancelled',
  );
});

test('what was done before a failure is undone, also where it stands behind what fails', () => {
  const explored = exploredOf(`
- {id: y, uses: noop}
- {id: x, uses: noop, compensate: undo}
- {id: undo, uses: noop}
`);

  expect(endsOf(explored)).toContain('FAILED y=failed x=completed undo=completed');
});

test('a run that another one was started for may be under way when something beside it fails', () => {
  const explored = exploredOf(`
- {id: c, type: SUB_WORKFLOW, workflow: other}
- {id: y, uses: noop}
`);

  expect(endsOf(explored)).toContain('FAILED c=cancelled y=failed');
});

test('what leads to a join of any in several strides ends in every order', () => {
  const explored = exploredOf(`
- {id: a, uses: noop}
- {id: a2, uses: noop, depends_on: a}
- {id: b, uses: noop}
- {id: b2, uses: noop, depends_on: b}
- {id: j, type: NOOP, depends_on: [a2, b2], join: any}
- {id: k, type: NOOP, depends_on: j, when: "tasks.b2.status == 'COMPLETED' && tasks.a2.status != 'COMPLETED'"}
`);

  expect(endsOf(explored).some((end) => end.startsWith('COMPLETED') && end.includes('k=completed'))).toBe(
    true,
  );
});

test('how often a task was tried tells two ways apart where somebody reads it later', () => {
  const explored = exploredOf(`
- {id: a, uses: noop, retry_policy: {max_attempts: 2}}
- {id: m, uses: noop, depends_on: a}
- {id: b, type: NOOP, depends_on: m, when: "a.attempt > 1"}
`);

  expect(endsOf(explored)).toContain('COMPLETED a=completed m=completed b=completed');
  expect(endsOf(explored)).toContain('COMPLETED a=completed m=completed b=skipped');
});

test('an exploration that is cut says so, and so does a loop that is followed no further', () => {
  const cut = exploredOf('- {id: a, uses: noop}\n- {id: b, uses: noop, depends_on: a}', 2);
  const loop = exploredOf(`
- id: poll
  type: DO_WHILE
  loop_condition: "ask.output.again == true"
  tasks: [{id: ask, uses: noop}]
`);

  expect(cut).toMatchObject({ isWhole: false, bound: '2 scenes were looked at, and not all' });
  expect(loop).toMatchObject({ isWhole: false, bound: 'poll was followed for 12 passes' });
  expect(endsOf(loop)).toContain('COMPLETED poll=completed');
});

test('the way to a scene leads to it, and from everywhere there is a way to the end', () => {
  const explored = exploredOf(`
- {id: a, uses: noop, timeout: 5s, retry_policy: {max_attempts: 2}}
- {id: ask, type: HUMAN, wait_for_approval: true, depends_on: a, timeout: 1h, on_timeout: reject, on_reject: continue}
- {id: wait, type: WAIT, signal: go, depends_on: ask}
`);
  const [first] = explored.scenes.values();
  for (const { key, scene } of explored.scenes.values()) {
    const reached = movesTo(explored, key).reduce((at, move) => at && take(at, move), first?.scene);
    expect(reached && keyOf(reached)).toBe(key);
    const end = playOut(scene).reduce((at, move) => at && take(at, move), scene as typeof scene | undefined);
    expect(end?.run.state.status).toMatch(/COMPLETED|FAILED/);
  }
});

test('silence is offered where time ends it, and time passes when nobody else owes an answer', () => {
  const chart = chartOf('- {id: a, uses: noop, timeout: 5s}\n- {id: b, uses: noop}');
  const candidates = candidatesOf(chart.definition, chart);
  const scene = take(begin(chart, candidates), { type: 'start', input: {}, pace: 'slow' });
  if (scene === undefined) throw new Error('it did not start');
  const silent = take(scene, { type: 'silence', task: 'a', attempt: 1 });
  if (silent === undefined) throw new Error('nobody may be silent');

  expect(movesOf(scene).map(({ type }) => type)).toContain('silence');
  // The timer of `a` is the first to go off: nobody has answered for `b` by then.
  expect(movesOf(silent)).toEqual([{ type: 'pass' }]);
  expect(take(silent, { type: 'pass' })?.run.state.tasks['a']?.state).toBe('timed_out');
  expect(take(scene, { type: 'approve', task: 'a', by: 'ana' })).toBeUndefined();
});

test('a scenario holds what must be recorded, and nothing that depends on who plays it', () => {
  const chart = chartOf('- {id: a, uses: noop}\n- {id: b, type: NOOP, depends_on: a}');
  const first = begin(chart, candidatesOf(chart.definition, chart));
  const scenario = scenarioOf('plain', first, playOut(first));

  expect(scenario.parts.map(({ records }) => records)).toEqual([
    [expect.objectContaining({ type: 'run.started' })],
    [
      {
        type: 'task.completed',
        fact: { task: 'a', attempt: 1, output: expect.anything() },
        transitions: [
          { task: 'a', from: 'scheduled', to: 'completed' },
          { task: 'b', from: 'waiting', to: 'completed' },
          { from: 'running', to: 'completed' },
        ],
      },
    ],
  ]);
  expect(scenario.end).toMatchObject({ status: 'COMPLETED', tasks: { a: 'completed', b: 'completed' } });
  expect(() => scenarioOf('wrong', first, [{ type: 'pass' }])).toThrow('means nothing there');
});

test('the definition of another run and who carried an attempt out are left out of what is compared', () => {
  const data = { task: 'a', attempt: 1, worker: 'w', startedAt: 'x', definition: { id: 'd' }, run: 'r' };

  expect(expectedRecord({ type: 'child.started', data, transitions: [] }).fact).toEqual({
    task: 'a',
    attempt: 1,
    run: 'r',
  });
  expect(expectedRecord({ type: 'task.completed', data, transitions: [] }).fact).toEqual({
    task: 'a',
    attempt: 1,
    definition: { id: 'd' },
    run: 'r',
  });
});
