// Agents, triggers, events and approvals as rows of lists. Method: what the desks and the core tell, and the row of it.
import { expect, test } from 'vitest';
import { approvalAt } from '../../machines/run/decide/asked-approval.ts';
import type { Agent } from '../../src/ports/work/agent-admin.ts';
import { agentRow, agentTasks } from '../../src/projections/agent/agent-row.ts';
import { approvalPage } from '../../src/projections/agent/approval-page.ts';
import { formFieldsOf } from '../../src/projections/definition/form-field.ts';
import { outcomeRow } from '../../src/projections/insights/outcome-row.ts';
import { placesOf } from '../../src/projections/task/task-order.ts';
import { triggerRow } from '../../src/projections/trigger-document.ts';
import { chartOf } from '../support/chart-of.ts';
import { startedRun } from '../support/run-spec.ts';
import { viewOf } from './view-of.ts';

const agent: Agent = {
  name: 'SCOUT',
  level: 'L2',
  skills: [],
  capacity: 1,
  transport: { kind: 'nats' },
  declared: true,
  workers: [],
};

test('an agent is gone while nobody is there for it, unless it needs nobody', () => {
  expect(agentRow(agent, undefined, []).state).toBe('gone');
  const files = { kind: 'files', inbox: 'in', outbox: 'out' } as const;
  expect(agentRow({ ...agent, transport: files }, undefined, []).state).toBe('idle');
  const draining = { by: 'ana', at: '2026-01-01T00:00:00.000Z' };
  expect(agentRow({ ...agent, draining }, undefined, [])).toMatchObject({ state: 'draining', draining });
});

test('an agent is told with the tasks that it works on, and with those that wait for it', () => {
  const chart = chartOf('  - { id: far, assigned_to: SCOUT, timeout: 1h }\n  - { id: near, type: NOOP }');
  const run = startedRun(chart);
  const waiting = agentTasks(viewOf(run));
  expect(waiting).toMatchObject([{ agent: 'SCOUT', task: 'far', isBegun: false }]);
  expect(agentRow(agent, undefined, waiting)).toMatchObject({ current: [], waiting: [{ task: 'far' }] });
  run.does({ kind: 'startTask', task: 'far', attempt: 1, worker: 'w1' });
  const tasks = agentTasks(viewOf(run));
  expect(tasks).toMatchObject([{ agent: 'SCOUT', task: 'far', isBegun: true }]);
  const files = { kind: 'files', inbox: 'in', outbox: 'out' } as const;
  expect(agentRow({ ...agent, transport: files }, { waiting: 2, taken: 1 }, tasks)).toMatchObject({
    state: 'busy',
    queued: 2,
    taken: 1,
    current: [{ run: viewOf(run).run, task: 'far' }],
  });
  const command = { kind: 'command', run: { command: ['look'], env: {} } } as const;
  expect(agentRow({ ...agent, transport: command, capacity: 4 }, undefined, tasks)).toMatchObject({
    ...{ state: 'busy', running: 1, capacity: 4, utilisation: 0.25 },
  });
  expect(agentRow(agent, undefined, tasks)).toMatchObject({ running: 0, utilisation: 0 });
  expect(agentRow({ ...agent, name: 'OTHER' }, undefined, tasks).current).toEqual([]);
});

const definition = { id: 'reports', version: 1, hash: 'h' };
const cron = { kind: 'cron', cron: '0 9 * * *', timezone: 'UTC', overlap: 'skip', catchupMs: 0 } as const;
const state = {
  cron: cron.cron,
  timezone: 'UTC',
  decidedUntil: '2026-01-01T09:00:00.000Z',
  waiting: [{ tick: '2026-01-02T09:00:00.000Z', why: 'backfill' as const }],
  counts: { fired: 1, refused: 0, skipped: 0, missed: 0, paused: 0 },
};

test('a schedule says what became of the last time and how many wait, and when it would be due while it is paused', () => {
  const view = { definition, id: 'daily', trigger: cron };
  const next = ['2026-01-03T09:00:00.000Z'];
  const last = { tick: '2026-01-01T09:00:00.000Z', run: 't1', why: 'due' as const };
  expect(triggerRow(view, { ...view, next, state: { ...state, last } })).toMatchObject({
    on: '0 9 * * * UTC',
    next,
    rule: { cron: '0 9 * * *', overlap: 'skip' },
    schedule: { last, waiting: state.waiting },
  });
  const refused = { code: 'input.missing', message: 'no file' };
  const paused = { by: 'ana', at: '2026-01-01T00:00:00.000Z' };
  const row = triggerRow(
    { ...view, paused },
    { ...view, next, state: { ...state, last: { ...last, refused } } },
  );
  expect(row).toMatchObject({ next, paused, schedule: { last: { refused } } });
});

test('an event that cannot be read is told by its text, and of very many effects the first', () => {
  const dead = {
    position: 1,
    at: '2026-01-01T00:00:00.000Z',
    status: 'dead',
    type: 'x',
    text: '{',
    effects: [],
  } as const;
  expect(outcomeRow({ ...dead, effects: [] })).toMatchObject({ id: '', note: '{', runs: [] });
  const effects = Array.from({ length: 30 }, (_, index) => ({
    kind: 'woke' as const,
    run: `r${index % 25}`,
  }));
  const row = outcomeRow({ ...dead, status: 'taken', effects });
  expect(row.runs).toHaveLength(25);
  expect(row.note.endsWith('woke run r19; and 10 more')).toBe(true);
});

test('the default of a secret field is never told', () => {
  const property = { required: false, secret: true, default: 'hush' };
  expect(formFieldsOf({ token: property })).toMatchObject([
    { name: 'token', secret: true, default: undefined },
  ]);
  expect(formFieldsOf({ token: { ...property, secret: false } })).toMatchObject([
    { default: 'hush', type: 'string' },
  ]);
});

test('an approval without an input of its own is judged by what the tasks before it brought, else by the input', () => {
  const chart = chartOf(`
  - { id: alone, type: HUMAN, wait_for_approval: true }
  - { id: scan, type: TRANSFORM, output: { files: 3 } }
  - { id: look, type: HUMAN, wait_for_approval: true, depends_on: scan }
`);
  const view = viewOf(startedRun(chart));
  const evidence = (address: string) => {
    const asked = approvalAt({ ...view, plan: placesOf(view.definition) }, address);
    return asked && approvalPage(asked, view, { shortId: 'r', mayAnswer: true }).evidence;
  };
  expect(evidence('look')).toEqual({ scan: { files: 3 } });
  expect(evidence('alone')).toEqual(view.state.input);
});
