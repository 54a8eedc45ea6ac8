// Signals: who goes on with one, what is kept for later, and what is received only once.
import { expect, test } from 'vitest';
import { decide } from '../../../../machines/run/decide/decide.ts';
import { headOf } from '../../../../machines/run/record/head.ts';
import { chartOf } from '../../../support/chart-of.ts';
import { startedRun } from '../../../support/run-spec.ts';

const paid = (data: Record<string, string> = {}, id?: string) =>
  ({ kind: 'signal', name: 'paid', data, ...(id === undefined ? {} : { id }) }) as const;

test('every task that waits for the signal goes on with it', () => {
  const run = startedRun(
    chartOf(`
      - {id: w1, type: WAIT, signal: paid}
      - {id: w2, type: WAIT, signal: paid}
      - {id: other, type: WAIT, signal: shipped}
    `),
  ).does(paid({ by: 'ana' }));

  expect(run.statuses()).toEqual({ w1: 'COMPLETED', w2: 'COMPLETED', other: 'WAITING' });
  expect(run.at('w2').output).toMatchObject({ by: 'ana' });
});

test('a signal that comes before anybody waits is kept, and taken once, in the order of arrival', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop}
      - {id: first, type: WAIT, signal: paid, depends_on: a}
      - {id: second, type: WAIT, signal: paid, depends_on: first}
    `),
  )
    .does(paid({ n: '1' }))
    .does(paid({ n: '2' }))
    .completes('a')
    .isIn('COMPLETED');

  expect([run.at('first').output, run.at('second').output]).toMatchObject([{ n: '1' }, { n: '2' }]);
  expect(run.run().state.signals).toEqual([]);
});

test('match tells which signal is meant, of those that come and of those that were kept', () => {
  const chart = chartOf(`
    - {id: a, uses: noop}
    - {id: w, type: WAIT, depends_on: a, signal: paid, match: "signal.data.order == a.output.order"}
  `);
  const kept = startedRun(chart)
    .does(paid({ order: 'x' }))
    .does(paid({ order: 'y' }))
    .completes('a', { order: 'y' });
  expect(kept.isIn('COMPLETED').at('w').output).toMatchObject({ order: 'y' });
  expect(kept.run().state.signals).toEqual([{ name: 'paid', data: { order: 'x' } }]);

  const later = startedRun(chart)
    .completes('a', { order: 'y' })
    .does(paid({ order: 'x' }))
    .isIn('RUNNING');
  later.does(paid({ order: 'y' })).isIn('COMPLETED');
});

// https://github.com/cadence-workflow/cadence/pull/4210
test('a signal with an id that was received before is refused', () => {
  const run = startedRun(chartOf('- {id: a, uses: noop}')).does(paid({}, 's1'));

  run.refuses(paid({}, 's1'), 'signal.repeated').does(paid({}, 's2'));
});

test('a paused run takes a signal, and goes on from it when it is resumed', () => {
  const run = startedRun(chartOf('- {id: w, type: WAIT, signal: paid}\n- {id: b, uses: noop, depends_on: w}'))
    .does({ kind: 'pauseRun' })
    .does(paid());
  expect(run.effects()).toEqual([]);

  expect(run.does({ kind: 'resumeRun' }).effects()).toEqual(['b#1']);
});

test('signals reach the passes of a FORK, each by what it matches', () => {
  const run = startedRun(
    chartOf(`
      - id: all
        type: FORK
        for_each: "\${['x', 'y']}"
        tasks: [{id: w, type: WAIT, signal: paid, match: "signal.data.order == item"}]
    `),
  )
    .does(paid({ order: 'y' }))
    .does(paid({ order: 'x' }));

  expect(run.isIn('COMPLETED').at('all').output).toMatchObject({ results: [{ order: 'x' }, { order: 'y' }] });
});

test('a run keeps so many signals and no more', () => {
  const run = startedRun(chartOf('- {id: a, uses: noop}'));
  const { chart, state } = run.run();
  const signals = Array.from({ length: 1_000 }, () => ({ name: 'paid', data: {} }));

  expect(decide({ ...run.run(), chart, state: { ...state, signals } }, paid())).toMatchObject({
    ok: false,
    refusal: { code: 'signal.too-many' },
  });
});

test('a signal that is only for those who wait now is refused when nobody does, and not kept', () => {
  const run = startedRun(chartOf("- {id: w, type: WAIT, signal: paid, match: signal.data.by == 'ana'}"));
  const now = (by: string) => ({ ...paid({ by }, `by ${by}`), ifAwaited: true });

  run
    .refuses(now('bob'), 'signal.not-awaited')
    .refuses({ ...now('ana'), name: 'shipped' }, 'signal.not-awaited');
  expect(run.run().state.signals ?? []).toEqual([]);
  expect(run.does(now('ana')).statuses()).toEqual({ w: 'COMPLETED' });
});

test('of those who wait now, one that cannot compare the signal keeps it from no other', () => {
  const run = startedRun(
    chartOf(`
      - {id: unfit, type: WAIT, signal: paid, match: signal.data.order > 1}
      - {id: meant, type: WAIT, signal: paid, match: signal.data.by == 'ana'}
    `),
  );
  const now = (by: string) => ({ ...paid({ by }, `by ${by}`), ifAwaited: true });

  // Whoever sends one by hand is told; of events, only when there is nobody whom it could be for.
  run.refuses(paid({ by: 'ana' }), 'expression.failed');
  run.refuses(now('bob'), 'expression.failed');
  expect(run.does(now('ana')).statuses()).toEqual({ unfit: 'WAITING', meant: 'COMPLETED' });
});

test('a run that waits for more signals than a few tells all of them', () => {
  const tasks = Array.from({ length: 100 }, (_, index) => `- {id: w${index}, type: WAIT, signal: s${index}}`);

  expect(headOf(startedRun(chartOf(tasks.join('\n'))).run()).awaits).toHaveLength(100);
});
