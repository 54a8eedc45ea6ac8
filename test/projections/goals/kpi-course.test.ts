// How far goals and KPIs are, and how they go on. Method: KPIs with known values by month, looked at on a known day.
import { expect, test } from 'vitest';
import type { KpiRule } from '../../../events/kpi-events.ts';
import type { Goal, Kpi } from '../../../machines/goals/enterprise.ts';
import { createKpiFold, kpiRecord } from '../../../machines/goals/kpi-fold.ts';
import { goalTree } from '../../../src/projections/goals/goal-tree.ts';
import { goalState, kpiCourse, kpiPeriods, kpiState } from '../../../src/projections/goals/kpi-course.ts';

const nowMs = Date.parse('2026-05-10T00:00:00Z');

/** A KPI that came to these values in the months of 2026, from January on. */
function monthly(
  values: readonly number[],
  over: Partial<Kpi> & { readonly measure?: KpiRule['measure'] } = {},
) {
  const { measure = 'sum', ...rest } = over;
  const rule: KpiRule = { measure, value: 'output.amount', period: 'month' };
  const kpi: Kpi = { name: 'revenue', better: 'higher', rule, ...rest };
  const fold = createKpiFold('revenue');
  const runs = values.map((value, index) => {
    const period = `2026-${String(index + 1).padStart(2, '0')}`;
    const at = `${period}-03T00:00:00.000Z`;
    return { run: `r${index}`, sequence: 2, definition: 'sale', at, period, value };
  });
  const data = { rule, after: 0, upTo: 9, runs, values: [] };
  fold.take(
    kpiRecord('revenue', fold, { event: { type: 'kpi.measured', data }, time: '2026-01-01T00:00:00Z' })
      .record,
  );

  return kpiCourse(kpi, fold, nowMs);
}

const goal = (over: Partial<Goal> = {}): Goal => ({
  name: 'growth',
  departments: [],
  kpi: 'revenue',
  ...over,
});

test('a KPI that has grown by ten each month is foreseen to go on like that', () => {
  const course = monthly([10, 20, 30, 40, 5], { target: 60 });
  expect(kpiState(course)).toMatchObject({
    ...{ value: 5, period: '2026-05', trend: 'up', forecast: 50, isOnTrack: false },
  });
  expect(
    kpiPeriods(course).map(({ period, value, forecast, isOver }) => [period, value, forecast, isOver]),
  ).toEqual([
    ['2026-01', 10, undefined, true],
    ['2026-02', 20, undefined, true],
    ['2026-03', 30, undefined, true],
    ['2026-04', 40, undefined, true],
    ['2026-05', 5, 50, false],
    ['2026-06', null, 60, false],
  ]);
});

test('of two months nothing is foreseen', () => {
  const early = kpiCourse(monthly([10, 20]).kpi, monthly([10, 20]).fold, Date.parse('2026-03-10T00:00:00Z'));
  expect(kpiState(early).forecast).toBeUndefined();
});

test('a goal adds up what counts between its days, and what is to come until it is due', () => {
  const course = monthly([10, 20, 30, 40, 5]);
  // 105 so far; 45 more of May, 60 of June and 70 of July.
  const state = goalState(goal({ target: 300, due: '2026-07-31' }), course);
  expect(state).toMatchObject({ value: 105, progress: 0.35, forecast: 280, isOnTrack: false });
  expect(goalState(goal({ target: 280, due: '2026-07-31' }), course).isOnTrack).toBe(true);
  expect(goalState(goal({ target: 100, from: '2026-03-01' }), course)).toMatchObject({
    value: 75,
    progress: 0.75,
  });
  expect(goalState(goal({ target: 100, due: '2026-02-28' }), course)).toMatchObject({ value: 30 });
});

test('a goal that is measured by anything else is as it was last', () => {
  const course = monthly([10, 20, 30, 40], { measure: 'average' });
  expect(goalState(goal({ target: 60, due: '2026-06-30' }), course)).toMatchObject({
    value: 40,
    forecast: 60,
  });
});

test('where less is better, all is reached as long as it is no more', () => {
  const course = monthly([80, 70, 60, 50, 40], { measure: 'average', better: 'lower', target: 50 });
  expect(kpiState(course)).toMatchObject({ value: 40, progress: 1, isOnTrack: true, trend: 'down' });
  const dear = monthly([50, 60, 70, 80, 100], { measure: 'average', better: 'lower', target: 50 });
  expect(kpiState(dear)).toMatchObject({ progress: 0.5, isOnTrack: false });
});

test('a goal without a KPI is as far as its parts are together', () => {
  const { kpi, fold } = monthly([10, 20, 30, 40]);
  const goals = [
    { name: 'all', departments: [] },
    goal({ name: 'half', parent: 'all', target: 200 }),
    goal({ name: 'done', parent: 'all', target: 50 }),
  ];
  const enterprise = { goals, departments: [], teams: [], kpis: [kpi] };
  const tree = goalTree({
    enterprise,
    kpis: new Map([['revenue', fold]]),
    agents: [],
    definitions: [],
    nowMs,
  });
  expect(tree.map(({ path, progress }) => [path, progress])).toEqual([
    ['goal:all', 0.75],
    ['goal:all/goal:half', 0.5],
    ['goal:all/goal:half/kpi:revenue', undefined],
    ['goal:all/goal:done', 2],
  ]);
});
