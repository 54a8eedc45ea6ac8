// A loop: one pass through its body after another, while a condition holds or for every item of a list. Method: drive
// the core with commands; the driver replays every prefix of the journal besides.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Json } from '../../../../events/canonical-json.ts';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { chartOf, chartOfText } from '../../../support/chart-of.ts';
import { definitionText } from '../../../support/definition-text.ts';
import { type Driven, startedRun } from '../../../support/run-spec.ts';

const polling = (keys = '') =>
  chartOf(`
    - id: poll
      type: DO_WHILE
      ${keys}
      loop_condition: "ask.output.more"
      tasks: [{id: ask, uses: noop}]
  `);
const again = { more: true };
const enough = { more: false };
/** Completes the task in one pass after the other. */
const passes = (run: Driven, outputs: readonly Json[], at = (index: number) => `poll[${index}].ask`) =>
  outputs.reduce<Driven>((driven, output, index) => driven.completes(at(index), output), run);

test('the body is repeated while the condition holds, and every pass has its own address', () => {
  const run = startedRun(polling());
  expect(run.effects()).toEqual(['poll[0].ask#1']);
  expect(run.completes('poll[0].ask', again).effects()).toEqual(['poll[1].ask#1']);
  run.completes('poll[1].ask', enough).isIn('COMPLETED');

  expect(run.at('poll').output).toEqual({ iteration: 2, results: [again, enough] });
  expect(run.trail.filter((line) => line.startsWith('poll:'))).toEqual([
    'poll: waiting -> open',
    'poll: open -> looping',
    'poll: looping -> open',
    'poll: open -> looping',
    'poll: looping -> completed',
  ]);
});

test('the body runs once although the condition never held', () => {
  const run = startedRun(polling()).completes('poll[0].ask', enough).isIn('COMPLETED');

  expect(run.at('poll').output).toEqual({ iteration: 1, results: [enough] });
});

test('iterations are counted from 1 inside of the body and in the condition', () => {
  const run = startedRun(
    chartOf(`
      - id: poll
        type: DO_WHILE
        loop_condition: "loop.iteration < 3"
        tasks: [{id: count, type: TRANSFORM, output: {n: "\${loop.iteration}"}}]
    `),
  ).isIn('COMPLETED');

  expect(run.at('poll').output).toEqual({ iteration: 3, results: [{ n: 1 }, { n: 2 }, { n: 3 }] });
});

test('the output has the last results, as many as keep_last says; the journal has all', () => {
  const outputs = [again, again, again, enough].map((each, index) => ({ ...each, index }));
  const last = (keep: string) =>
    passes(startedRun(polling(keep)), outputs)
      .isIn('COMPLETED')
      .at('poll').output;

  expect(last('keep_last: 2')).toEqual({ iteration: 4, results: outputs.slice(2) });
  expect(last('keep_last: 0')).toEqual({ iteration: 4, results: [] });
  expect(last('')).toEqual({ iteration: 4, results: outputs });
});

test('only the latest pass is kept with its tasks, so that an endless loop stays small', () => {
  const run = passes(startedRun(polling('keep_last: 2')), [again, again, again]);

  expect(run.at('poll').body?.chunks).toEqual([
    [
      null,
      { state: 'completed', output: again },
      { state: 'completed', output: again, tasks: expect.anything() },
      { state: 'open', tasks: expect.anything() },
    ],
  ]);
});

test('a condition that still holds after max_iterations fails the loop', () => {
  const run = passes(startedRun(polling('max_iterations: 3')), [again, again, again]).isIn('FAILED');
  expect(run.at('poll').error).toMatchObject({
    code: 'loop.max-iterations',
    message: expect.stringContaining('3 iterations'),
  });

  passes(startedRun(polling('max_iterations: 3')), [again, again, enough]).isIn('COMPLETED');
});

test('a condition that cannot be evaluated fails the loop with what it saw', () => {
  const run = passes(startedRun(polling()), [{ more: 'yes' }]).isIn('FAILED');

  expect(run.at('poll').error).toMatchObject({
    code: 'expression.failed',
    details: { values: { 'ask.output.more': 'yes' } },
  });
});

const listed = (keys = '', body = '[{id: pay, uses: noop}]') =>
  chartOf(
    `- {id: each, type: DO_WHILE, items: "\${workflow.input.orders}", ${keys} tasks: ${body}}`,
    'input: {required: [orders]}',
  );

test('a loop over items takes them one after another, in their order', () => {
  const run = startedRun(listed(), { orders: ['a', 'b'] });
  expect(run.effects()).toEqual(['each[0].pay#1']);
  expect(run.completes('each[0].pay', 'A').effects()).toEqual(['each[1].pay#1']);

  expect(run.completes('each[1].pay', 'B').isIn('COMPLETED').at('each').output).toEqual({
    iteration: 2,
    results: ['A', 'B'],
  });
});

test('a loop over items that keeps less than all gives the last ones', () => {
  const run = startedRun(listed('keep_last: 2,'), { orders: [1, 2, 3] });

  expect(passes(run, ['A', 'B', 'C'], (index) => `each[${index}].pay`).at('each').output).toEqual({
    iteration: 3,
    results: ['B', 'C'],
  });
});

test('a loop over an empty list is done at once; over what is no list it fails', () => {
  const run = startedRun(listed(), { orders: [] }).isIn('COMPLETED');
  expect(run.at('each').output).toEqual({ iteration: 0, results: [] });

  expect(startedRun(listed(), { orders: 7 }).isIn('FAILED').at('each').error?.code).toBe('items.not-a-list');
});

test('a list longer than max_iterations is refused before anything is done', () => {
  const run = startedRun(listed('max_iterations: 2,'), { orders: [1, 2, 3] }).isIn('FAILED');

  expect(run.at('each').error?.code).toBe('loop.max-iterations');
});

test('item, index and iteration are seen in the body of a loop over items', () => {
  const body = '[{id: pay, type: TRANSFORM, output: {is: "${[item, index, loop.iteration]}"}}]';

  expect(startedRun(listed('', body), { orders: ['a', 'b'] }).at('each').output).toMatchObject({
    results: [{ is: ['a', 0, 1] }, { is: ['b', 1, 2] }],
  });
});

test('a loop over items with a condition ends with whichever ends first', () => {
  const chart = listed('loop_condition: "item != \'stop\'",', '[{id: pay, type: NOOP}]');
  const iterations = (orders: readonly string[]) =>
    startedRun(chart, { orders }).isIn('COMPLETED').at('each').output;

  expect(iterations(['a', 'stop', 'c'])).toMatchObject({ iteration: 2 });
  expect(iterations(['a', 'b'])).toMatchObject({ iteration: 2 });
  expect(iterations([])).toMatchObject({ iteration: 0 });
});

test('the tasks of the latest pass can be read from outside, while the loop runs and after', () => {
  const run = startedRun(
    chartOf(`
      - id: poll
        type: DO_WHILE
        loop_condition: "ask.output.n < 2"
        tasks: [{id: ask, uses: noop}]
      - {id: seen, type: TRANSFORM, depends_on: poll, output: {n: "\${ask.output.n}", s: "\${tasks['poll'].status}"}}
    `),
  );
  passes(run, [{ n: 1 }, { n: 2 }]).isIn('COMPLETED');

  expect(run.at('seen').output).toEqual({ n: 2, s: 'COMPLETED' });
});

test('a task of a pass does not see what another pass left in its place', () => {
  const run = startedRun(
    chartOf(`
      - id: poll
        type: DO_WHILE
        loop_condition: "loop.iteration < 2"
        tasks:
          - {id: ask, uses: noop, when: "loop.iteration == 1"}
          - {id: see, type: TRANSFORM, depends_on: ask, join: all_done, output: {s: "\${ask.status}", o: "\${ask.output}"}}
    `),
  ).completes('poll[0].ask', 1);

  expect(run.isIn('COMPLETED').at('poll').output).toMatchObject({
    results: [{ see: { s: 'COMPLETED', o: 1 } }, { see: { s: 'SKIPPED', o: null } }],
  });
});

test('a pass that fails fails the loop, and the run', () => {
  const run = startedRun(polling())
    .completes('poll[0].ask', again)
    .fails('poll[1].ask', 'gone')
    .isIn('FAILED');

  expect(run.at('poll')).toMatchObject({ state: 'failed', error: { code: 'gone' } });
});

test('a loop that is tried again begins with its first pass, at new addresses', () => {
  const run = startedRun(polling('retry_policy: {max_attempts: 2, initial_delay: 1s}'))
    .completes('poll[0].ask', again)
    .fails('poll[1].ask')
    .passes(1_000);
  expect(run.effects()).toEqual(['poll:2[0].ask#1']);

  run.completes('poll:2[0].ask', enough).isIn('COMPLETED');
  expect(run.at('poll')).toMatchObject({ attempt: 2, output: { iteration: 1, results: [enough] } });
});

test('a loop has so much time for all its passes of one attempt', () => {
  const slow = (keys: string) => startedRun(polling(`timeout: 5s\n      ${keys}`));
  const run = slow('').passes(4_000).completes('poll[0].ask', again).passes(1_000).isIn('FAILED');
  expect(run.at('poll')).toMatchObject({ state: 'timed_out', error: { code: 'task.timeout' } });

  const twice = slow('retry_policy: {max_attempts: 2, initial_delay: 1s}').passes(6_000);
  expect(twice.effects()).toEqual(['poll:2[0].ask#1']);
});

test.each(['terminateRun', 'cancelRun'] as const)('%s ends a loop with its pass', (kind) => {
  const run = startedRun(polling()).completes('poll[0].ask', again).does({ kind }).isIn('TERMINATED');

  expect(run.statuses()).toEqual({ poll: 'CANCELLED' });
  expect(run.effects()).toEqual([]);
});

test('a loop whose sibling fails is cancelled with its pass', () => {
  const run = startedRun(
    chartOf(`
      - {id: other, uses: noop}
      - {id: poll, type: DO_WHILE, loop_condition: "true", tasks: [{id: ask, uses: noop}]}
    `),
  ).fails('other');

  expect(run.isIn('FAILED').statuses()).toEqual({ other: 'FAILED', poll: 'CANCELLED' });
  run.refuses(
    { kind: 'completeTask', task: 'poll[0].ask', attempt: 1, output: 1, worker: 'w', startedAt: '' },
    'run.closed',
  );
});

test('a loop that is paused goes on where it was, its condition not yet evaluated', () => {
  const run = startedRun(polling()).does({ kind: 'pauseRun' }).completes('poll[0].ask', again);
  expect(run.at('poll').state).toBe('looping');
  expect(run.effects()).toEqual([]);

  expect(run.does({ kind: 'resumeRun' }).effects()).toEqual(['poll[1].ask#1']);
});

test('a loop that is skipped or completed by hand ends its pass', () => {
  const skipped = startedRun(polling()).does({ kind: 'skipTask', task: 'poll' }).isIn('COMPLETED');
  expect(skipped.statuses()).toEqual({ poll: 'SKIPPED' });

  const resolved = startedRun(polling()).does({ kind: 'resolveTask', task: 'poll', output: 'enough' });
  expect(resolved.isIn('COMPLETED').at('poll').output).toBe('enough');
});

const leaving = (keys: string) =>
  chartOf(`
    - id: rounds
      type: DO_WHILE
      ${keys}
      tasks:
        - {id: look, uses: noop}
        - {id: found, type: TERMINATE, depends_on: look, when: look.output.found == true, scope: loop, status: COMPLETED, output: {at: "\${look.output.found}"}}
        - {id: slow, uses: noop}
  `);

test('a break ends the pass and the loop, and is named in the output', () => {
  const run = startedRun(leaving('keep_last: 1'));
  run.completes('rounds[0].look', { found: false }).completes('rounds[0].slow');
  run.completes('rounds[1].look', { found: true }).isIn('COMPLETED');

  expect(run.at('rounds').output).toEqual({
    ...{ iteration: 2, exit: 'found' },
    results: [{ look: { found: true }, found: { at: true } }],
  });
  expect(run.effects()).toEqual([]);
});

test('a break leaves the rest of a list, and a loop that nothing broke says so', () => {
  const left = startedRun(leaving('items: [1, 2, 3]')).completes('rounds[0].look', { found: true });
  expect(left.isIn('COMPLETED').at('rounds').output).toMatchObject({ iteration: 1, exit: 'found' });

  const whole = startedRun(leaving('items: [1]')).completes('rounds[0].look', { found: false });
  whole.completes('rounds[0].slow');
  expect(whole.isIn('COMPLETED').at('rounds').output).toMatchObject({ iteration: 1, exit: null });
});

test('a break ends a loop whose condition still holds', () => {
  const run = startedRun(leaving('loop_condition: look.output.found != null'));
  run.completes('rounds[0].look', { found: true });

  expect(run.isIn('COMPLETED').at('rounds').output).toMatchObject({ iteration: 1, exit: 'found' });
});

test.each([
  ['{id: t, type: TERMINATE, status: COMPLETED, scope: loop}', 'among the tasks of a DO_WHILE'],
  [
    '{id: l, type: DO_WHILE, tasks: [{id: t, type: TERMINATE, status: FAILED, scope: loop}]}',
    'a loop that is left completes',
  ],
  ['{id: l, type: DO_WHILE, tasks: [{id: t, uses: noop}]}', 'scope: loop'],
])('what breaks no loop is refused: %s', (task, message) => {
  const result = loadDefinition({ file: 'd.yaml', content: definitionText(`- ${task}`) });

  expect(result.ok ? [] : result.problems).toMatchObject([
    { code: 'definition.bad-combination', message: expect.stringContaining(message) },
  ]);
});

test('the review loop of docs/language.md goes back to the draft until it is good, or withdrawn', () => {
  const page = readFileSync('docs/language.md', 'utf8');
  const [, text = ''] = /```yaml\n(workflow:\n {2}id: article\n.*?)```/s.exec(page) ?? [];
  const drafted = () =>
    startedRun(chartOfText(text)).completes('editing[0].draft', { text: 'first', given_up: false });

  const accepted = drafted().does({ kind: 'reject', task: 'editing[0].review', by: 'ann' });
  accepted.completes('editing[1].draft', { text: 'second', given_up: false });
  accepted.does({ kind: 'approve', task: 'editing[1].review', by: 'ann' });
  expect(accepted.at('editing').output).toMatchObject({ iteration: 2, exit: 'good' });
  expect(accepted.effects()).toEqual(['publish#1']);

  const withdrawn = drafted().does({ kind: 'reject', task: 'editing[0].review', by: 'ann' });
  withdrawn.completes('editing[1].draft', { text: '', given_up: true });
  expect(withdrawn.at('editing').output).toMatchObject({ iteration: 2, exit: 'withdrawn' });
  expect(withdrawn.effects()).toEqual(['drop#1']);
});
