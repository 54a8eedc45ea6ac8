import type { GoalCheck, GoalNamed, GoalReport, GoalsQuery, GoalTree } from '../goals.ts';
import { declare } from './operation.ts';

const path = '/api/v1/goals';

export const goalOperations = {
  list: declare<GoalsQuery, GoalTree>()({
    summary:
      'Goals, the departments and teams that they cascade to, and their KPIs, with progress and forecast',
    changes: false,
    http: { method: 'get', path, answer: 'The tree, from the top' },
    command: {
      words: 'goals list',
      table: {
        of: 'items',
        columns: ['path', 'kind', 'value', 'target', 'progress', 'trend', 'forecast', 'isOnTrack', 'due'],
      },
    },
    tool: { name: 'list_goals' },
  }),
  show: declare<GoalNamed, GoalReport>()({
    summary: 'One of them: its periods, its forecast, and the runs that moved it',
    changes: false,
    members: {
      name: 'a goal, department, team or KPI of enterprise.yaml',
      period: 'only runs of this period, such as 2026-11',
      limit: 'how many runs; 50 where it is left out',
    },
    http: { method: 'get', path: `${path}/{name}`, answer: 'The node' },
    command: {
      words: 'goals show',
      arguments: ['name'],
      options: { period: '--period <period>', limit: '--limit <count>' },
      table: { of: 'periods', columns: ['period', 'value', 'runs', 'isOver', 'forecast'] },
    },
  }),
  verify: declare<GoalsQuery, GoalCheck>()({
    summary: 'Measures every KPI anew from the runs in the journal, and compares',
    changes: false,
    command: {
      words: 'goals verify',
      table: { of: 'kpis', columns: ['kpi', 'same', 'periods', 'runs', 'upTo', 'problem'] },
      exit: { of: 'ok', codes: { false: 7 } },
    },
  }),
};
