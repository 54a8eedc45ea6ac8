// What a failure does: ends the run although nobody meant it, or leaves things done. Method: each defect beside the
// definition that just avoids it.
import { expect, test } from 'vitest';
import { deepOf } from './deep-of.ts';

test('a failure that ends the run is told where nothing says that this is meant', () => {
  const task = (more: string, head = '') => deepOf(`- {id: only, uses: notify${more}}`, head).noted;

  expect(task('')).toEqual(['deep.unhandled-failure: only']);
  expect(task(', timeout: 5s')).toEqual(['deep.unhandled-failure: only']);
  for (const said of [
    ', retry_policy: {max_attempts: 1}',
    ', optional: true',
    ', timeout: 5s, timeout_policy: fail',
  ]) {
    expect(task(said)).toEqual([]);
  }
  expect(task('', 'failure_workflow: {id: told, steps: [{id: tell, uses: notify}]}')).toEqual([]);
});

test('more than three such tasks are one finding', () => {
  const { findings } = deepOf(['a', 'b', 'c', 'd'].map((id) => `- {id: ${id}, uses: notify}`).join('\n'));

  expect(findings.map(({ code, tasks }) => [code, tasks])).toEqual([
    ['deep.unhandled-failure', ['a', 'b', 'c', 'd']],
  ]);
});

test('a failure inside of a body is told where it ends the run, not where the body takes it', () => {
  const each = (tolerate: string) =>
    deepOf(
      `- {id: each, type: FORK, for_each: workflow.input.list, ${tolerate}tasks: [{id: one, assigned_to: ANA}]}`,
      'input: {properties: {list: {type: array}}, required: [list]}',
    ).noted;

  expect(each('')).toEqual(['deep.unhandled-failure: one']);
  expect(each('optional: true, ')).toEqual([]);
});

const undone = (more: string) =>
  deepOf(
    `
    - {id: reserve, assigned_to: ANA, compensate: release}
    - {id: release, assigned_to: ANA}
    - {id: charge, type: HTTP, depends_on: reserve, request: {method: POST, url: "https://example.test"}${more}}
    - {id: look, type: HTTP, depends_on: charge, request: {method: GET, url: "https://example.test"}}
    - {id: refund, assigned_to: ANA}
    - {id: ship, assigned_to: ANA, depends_on: look}`.replace(more === '' ? /^.*refund.*\n/m : /$^/, ''),
  );

test('an effect that stays when the run fails is told in a definition that undoes others', () => {
  const { said, of } = undone('');

  expect(said).toEqual(['warning deep.not-undone: charge']);
  expect(of('deep.not-undone').counterexample?.end).toMatchObject({
    status: 'FAILED',
    tasks: { charge: 'completed', release: 'completed' },
  });
  expect(undone(', compensate: refund').said).toEqual([]);
});

test('everything that can stay done is named, whatever stands first in the file', () => {
  const tasks = ['{id: a, assigned_to: ANA}', '{id: b, assigned_to: BEN}'];
  const found = (beside: readonly string[]) =>
    deepOf(
      [...beside, '{id: c, assigned_to: ANA, compensate: u}', '{id: u, assigned_to: ANA}']
        .map((task) => `- ${task}`)
        .join('\n'),
    ).of('deep.not-undone').tasks;

  expect([...found(tasks)].sort()).toEqual(['a', 'b']);
  expect([...found([...tasks].reverse())].sort()).toEqual(['a', 'b']);
});

test('what happens when undoing fails is a note with such a run', () => {
  expect(undone(', compensate: refund').of('deep.undo-fails')).toMatchObject({
    severity: 'note',
    tasks: expect.arrayContaining(['release', 'refund']),
    counterexample: { end: { error: { code: 'run.compensation-failed' } } },
  });
});

test('a WAIT that goes on after its time says whether it did, whatever came', () => {
  const { explored, said } = deepOf(`
    - {id: payment, type: WAIT, signal: paid, match: signal.data.order == workflow.id, timeout: 3d, on_timeout: continue}
    - {id: remind, type: NOOP, depends_on: payment, when: payment.output.timed_out}
  `);
  const ends = [...explored.scenes.values()].flatMap(({ scene: { run } }) =>
    run.state.endedAt === undefined ? [] : [[run.state.status, run.state.tasks['remind']?.state]],
  );

  expect(said).toEqual([]);
  expect(ends.map(String).sort()).toEqual(['COMPLETED,completed', 'COMPLETED,skipped']);
  expect(deepOf('- {id: w, type: WAIT, signal: s}').candidates.signals('w')).not.toContainEqual(
    expect.objectContaining({ timed_out: expect.anything() }),
  );
});

test('what comes of it that a task is done again for a change is looked at', () => {
  const ends = (round: number) => {
    const { explored } = deepOf(`
    - {id: write, type: TRANSFORM, output: {share: "\${10 / (${round} - change.round)}"}}
    - {id: review, type: HUMAN, depends_on: write, on_reject: continue, on_change: write}`);
    return new Set([...explored.scenes.values()].map(({ scene }) => scene.run.state.status));
  };

  expect(ends(1)).toContain('FAILED');
  expect(ends(100)).toEqual(new Set(['RUNNING', 'COMPLETED']));
});
