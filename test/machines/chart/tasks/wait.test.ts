// A WAIT goes on at a time, or with a signal. Method: drive the core with commands and a clock that only the test
// moves, from 2026-01-01T00:00:00Z on; the driver replays every prefix of the journal besides.
import { expect, test } from 'vitest';
import type { Json } from '../../../../events/canonical-json.ts';
import { chartOf } from '../../../support/chart-of.ts';
import { startedRun } from '../../../support/run-spec.ts';

const wait = (keys: string, more = '') =>
  chartOf(`- {id: w, type: WAIT, ${keys}}\n${more}`, 'input: {optional: [{at: ""}]}');
const signal = (name: string, data: Json = null, id?: string) =>
  ({ kind: 'signal', name, data, id }) as const;
/** What a WAIT says that time ended. */
const late = { timed_out: true, signal: null, data: null };

test('a duration is waited out to the millisecond', () => {
  const run = startedRun(wait('duration: 90s'));
  expect(run.statuses()).toEqual({ w: 'WAITING' });
  expect(run.passes(89_999).isIn('RUNNING').passes(1).isIn('COMPLETED').at('w').output).toEqual({
    ...late,
    until: '2026-01-01T00:01:30.000Z',
  });
});

test('a time may be made of expressions, with any zone; one that has passed is not waited for', () => {
  const chart = wait('until: "${workflow.input.at}"');
  const run = startedRun(chart, { at: '2026-01-01T02:00:00+01:00' }).passes(3_599_999).isIn('RUNNING');
  expect(run.passes(1).isIn('COMPLETED').at('w').output).toEqual({
    ...late,
    until: '2026-01-01T01:00:00.000Z',
  });

  startedRun(chart, { at: '2025-06-01T00:00:00Z' }).passes(0).isIn('COMPLETED');
});

test.each(['tomorrow', '2026-02-01T10:00:00', 7, null])('a time that is none fails the task: %s', (at) => {
  const run = startedRun(wait('until: "${workflow.input.at}"'), { at }).isIn('FAILED');

  expect(run.at('w').error).toMatchObject({
    code: 'wait.bad-time',
    message: expect.stringContaining(JSON.stringify(at)),
  });
});

test('a signal ends the wait, and what came with it is the output', () => {
  const run = startedRun(wait('signal: paid')).passes(86_400_000).isIn('RUNNING');
  expect(run.does(signal('other')).isIn('RUNNING').at('w').state).toBe('awaiting');

  expect(
    run
      .does(signal('paid', { by: 'ana' }))
      .isIn('COMPLETED')
      .at('w').output,
  ).toEqual({ by: 'ana', timed_out: false, signal: 'paid', data: { by: 'ana' } });
});

test('a signal that came before anybody waited is kept, and the first that fits is taken', () => {
  const run = startedRun(
    wait('signal: paid, depends_on: first, match: "signal.data.order == 7"', '- {id: first, uses: noop}'),
  )
    .does(signal('paid', { order: 5 }))
    .does(signal('paid', { order: 7, n: 1 }))
    .does(signal('paid', { order: 7, n: 2 }))
    .completes('first')
    .isIn('COMPLETED');

  expect(run.at('w').output).toEqual({
    ...{ order: 7, n: 1 },
    ...{ timed_out: false, signal: 'paid', data: { order: 7, n: 1 } },
  });
  expect(run.run().state.signals).toEqual([
    { name: 'paid', data: { order: 5 } },
    { name: 'paid', data: { order: 7, n: 2 } },
  ]);
});

test('a signal that does not match is kept for who it is meant for', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, type: WAIT, signal: paid, match: "event.data.order == 1"}
      - {id: b, type: WAIT, signal: paid, match: "event.data.order == 2", depends_on: a}
    `),
  ).does(signal('paid', { order: 2 }));
  expect(run.statuses()).toEqual({ a: 'WAITING', b: 'PENDING' });

  run.does(signal('paid', { order: 1 })).isIn('COMPLETED');
});

test('everybody who waits for a signal goes on with it', () => {
  const run = startedRun(
    chartOf(
      '- {id: a, type: WAIT, signal: go}\n- {id: b, type: WAIT, signal: go}\n- {id: c, type: WAIT, signal: no}',
    ),
  ).does(signal('go', 1));

  expect(run.statuses()).toEqual({ a: 'COMPLETED', b: 'COMPLETED', c: 'WAITING' });
});

test('the same signal sent twice is heard once', () => {
  startedRun(wait('signal: go'))
    .does(signal('no', 1, 'm-1'))
    .refuses(signal('go', 1, 'm-1'), 'signal.repeated');
});

test('a signal whose match cannot be evaluated is refused, and nothing changes', () => {
  startedRun(wait('signal: paid, match: "signal.data.order == 7"'))
    .refuses(signal('paid', 'no order'), 'expression.failed')
    .isIn('RUNNING');
});

test('a wait that takes too long fails with its run, or goes on and says so', () => {
  const failed = startedRun(wait('signal: paid, timeout: 1m')).passes(60_000).isIn('FAILED');
  expect(failed.at('w')).toMatchObject({ state: 'timed_out', error: { code: 'task.timeout' } });

  const goesOn = startedRun(wait('signal: paid, timeout: 1m, on_timeout: continue')).passes(60_000);
  expect(goesOn.isIn('COMPLETED').at('w').output).toEqual(late);
});

test('a wait may be completed by hand, with the output that is given', () => {
  const run = startedRun(wait('signal: go')).passes(86_400_000).isIn('RUNNING');

  run.does({ kind: 'resolveTask', task: 'w', output: 'now' }).isIn('COMPLETED');
  expect(run.at('w').output).toEqual({ timed_out: false, signal: null, data: 'now' });
});

test.each(['terminateRun', 'cancelRun'] as const)(
  '%s ends a wait, whose timer does not run any more',
  (kind) => {
    const run = startedRun(wait('duration: 1m')).does({ kind }).passes(60_000).isIn('TERMINATED');

    expect(run.statuses()).toEqual({ w: 'CANCELLED' });
  },
);

test('a wait whose sibling fails is cancelled', () => {
  const run = startedRun(wait('signal: go', '- {id: other, uses: noop}')).fails('other').isIn('FAILED');

  expect(run.statuses()).toEqual({ w: 'CANCELLED', other: 'FAILED' });
});

test('a wait that is over when its run is resumed ends at once; a signal during the pause is heard', () => {
  const timed = startedRun(wait('duration: 1m')).does({ kind: 'pauseRun' }).passes(120_000).isIn('PAUSED');
  timed.does({ kind: 'resumeRun' }).passes(0).isIn('COMPLETED');
  const signalled = startedRun(wait('signal: go')).does({ kind: 'pauseRun' }).does(signal('go'));

  expect(signalled.isIn('PAUSED').statuses()).toEqual({ w: 'COMPLETED' });
  signalled.does({ kind: 'resumeRun' }).isIn('COMPLETED');
});

test('every pass waits for a signal of its own', () => {
  const run = startedRun(
    chartOf(
      `
      - id: each
        type: FORK
        for_each: "\${workflow.input.orders}"
        as: order
        tasks: [{id: paid, type: WAIT, signal: paid, match: "signal.data.order == order"}]
    `,
      'input: {required: [orders]}',
    ),
    { orders: [1, 2, 3] },
  )
    .does(signal('paid', { order: 2, n: 'b' }))
    .does(signal('paid', { order: 1, n: 'a' }));
  expect(run.at('each[2].paid').state).toBe('awaiting');

  run.does(signal('paid', { order: 3, n: 'c' })).isIn('COMPLETED');
  expect(run.at('each').output).toMatchObject({
    results: ['a', 'b', 'c'].map((n, i) => ({ order: i + 1, n })),
  });
});

test('one signal may end the waits of several passes', () => {
  const run = startedRun(
    chartOf(
      '- {id: each, type: FORK, for_each: "${workflow.input.orders}", tasks: [{id: go, type: WAIT, signal: go}]}',
      'input: {required: [orders]}',
    ),
    { orders: [1, 2] },
  ).does(signal('go', 'now'));

  expect(run.isIn('COMPLETED').at('each').output).toMatchObject({
    results: [{ data: 'now' }, { data: 'now' }],
  });
});

test('a loop takes one kept signal in every pass', () => {
  const run = startedRun(
    chartOf(`
      - id: poll
        type: DO_WHILE
        loop_condition: "paid.output.more"
        tasks: [{id: paid, type: WAIT, signal: paid}]
    `),
  )
    .does(signal('paid', { more: true }))
    .does(signal('paid', { more: true, n: 2 }));
  expect(run.at('poll[2].paid').state).toBe('awaiting');

  run.does(signal('paid', { more: false })).isIn('COMPLETED');
});

test.each([
  ['the signal comes', [signal('paid', { amount: 5 })], 0, 'SKIPPED'],
  ['it does not', [], 60_000, 'COMPLETED'],
] as const)(
  'what follows may ask whether the time was up, whether %s or not',
  (_case, signals, ms, reminded) => {
    const run = startedRun(
      wait(
        'signal: paid, timeout: 1m, on_timeout: continue',
        '- {id: remind, type: NOOP, depends_on: w, when: w.output.timed_out}',
      ),
    );
    for (const each of signals) run.does(each);

    expect(run.passes(ms).isIn('COMPLETED').statuses()).toMatchObject({ remind: reminded });
  },
);

test('members of the data that are called like those of a WAIT are read under data', () => {
  const run = startedRun(
    wait(
      'signal: paid',
      '- {id: told, type: TRANSFORM, depends_on: w, output: {late: "${w.output.timed_out}", said: "${w.output.data.timed_out}"}}',
    ),
  ).does(signal('paid', { timed_out: 'no' }));

  expect(run.isIn('COMPLETED').at('told').output).toEqual({ late: false, said: 'no' });
});

test('who completes a WAIT by hand may say that its time was up', () => {
  const run = startedRun(wait('signal: paid')).does({
    kind: 'resolveTask',
    task: 'w',
    output: { timed_out: true, n: 1 },
  });

  expect(run.at('w').output).toEqual({
    ...{ timed_out: true, signal: null, n: 1 },
    data: { timed_out: true, n: 1 },
  });
});
