// The record of executions: lines with the names of the seeds' table, and sums by trigger. Method: executions made by
// hand, compared whole.
import { expect, test } from 'vitest';
import type { Execution } from '../../../src/ports/runs/executions.ts';
import { executionRow, summingUp } from '../../../src/projections/insights/executions.ts';

const startMs = Date.parse('2026-01-31T09:00:00.000Z');

function execution(given: Partial<Execution> & { readonly tookMs?: number } = {}): Execution {
  const { tookMs, ...rest } = given;
  const startedAt = given.startedAt ?? new Date(startMs).toISOString();

  return {
    position: 1,
    run: 'run-1',
    definition: { id: 'reports', version: 1, hash: '' },
    trigger: 'daily_operations',
    agents: ['operations_workflow_orchestrator'],
    status: tookMs === undefined ? 'RUNNING' : 'COMPLETED',
    startedAt,
    ...(tookMs === undefined ? {} : { endedAt: new Date(Date.parse(startedAt) + tookMs).toISOString() }),
    ...rest,
  };
}

test('a line has the columns of the seeds', () => {
  expect(executionRow(execution({ tookMs: 5, result: { sent: 3 } }))).toEqual({
    id: 1,
    workflow_id: 'run-1',
    trigger_id: 'daily_operations',
    agents_involved: ['operations_workflow_orchestrator'],
    execution_status: 'completed',
    result: { sent: 3 },
    timestamp: '2026-01-31T09:00:00.000Z',
  });
  expect(executionRow(execution())).toMatchObject({ execution_status: 'running', result: null });
});

test('sums say how the runs of each trigger went, the trigger with most runs first', () => {
  const sums = summingUp();
  const later = { run: 'later', startedAt: '2026-02-01T09:00:00.000Z' };
  sums.add(execution({ trigger: 'manual', agents: [] }));
  for (let second = 1; second <= 18; second++) sums.add(execution({ tookMs: second * 1000 }));
  sums.add(execution({ ...later, tookMs: 19_000, agents: ['a', 'b', 'c'] }));
  sums.add(execution({ tookMs: 20_000, status: 'FAILED' }));
  sums.add(execution({ tookMs: 5_000, status: 'TERMINATED', shown: 'CANCELLED' }));
  sums.add(execution({ tookMs: 5_000, status: 'TERMINATED' }));
  sums.add(execution());
  expect(sums.result()).toEqual([
    {
      trigger: 'daily_operations',
      runs: 23,
      ended: 22,
      completed: 19,
      failed: 1,
      cancelled: 1,
      terminated: 1,
      successRate: 0.95,
      averageMs: 10_000,
      p95Ms: 19_000,
      agentsAverage: 25 / 23,
      lastStartedAt: later.startedAt,
      lastRun: 'later',
    },
    {
      trigger: 'manual',
      runs: 1,
      ended: 0,
      completed: 0,
      failed: 0,
      cancelled: 0,
      terminated: 0,
      agentsAverage: 0,
      lastStartedAt: '2026-01-31T09:00:00.000Z',
      lastRun: 'run-1',
    },
  ]);
});
