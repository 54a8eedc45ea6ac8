// The numbers for Prometheus are those of what is there, under names that the documentation lists. Method: sources with
// known values, and the text that comes out of them.

import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createMetrics, type MetricSources } from '../../src/metrics/metrics.ts';
import type { BoardLine, Landed } from '../../src/ports/runs/board.ts';
import { boardOf } from '../support/indexed.ts';
import { createManualClock } from '../support/manual-clock.ts';

const startedAt = '2026-01-01T00:00:00.000Z';

function line(run: string, status: 'RUNNING' | 'FAILED', more: Partial<BoardLine> = {}): BoardLine {
  const definition = { id: 'pay', version: 1, hash: 'h' };
  const head = { definition, status, startedAt, settled: 0, tasks: 1, active: [] };

  return { run, sequence: 1, updatedAt: startedAt, position: 1, head, ...more };
}

function open(more: Partial<MetricSources> = {}) {
  const clock = createManualClock(Date.parse(startedAt) + 90_000);
  let land = (_landed: Landed): void => undefined;
  const damage = { code: 'journal.altered', sequence: 1, position: 1, message: '' };
  const metrics = createMetrics({
    board: {
      counts: boardOf(() => [
        line('01a', 'RUNNING'),
        line('01b', 'RUNNING'),
        line('01c', 'FAILED'),
        line('01d', 'RUNNING', { damage }),
      ]).counts,
      onLanded: (listener) => {
        land = listener;
        return () => undefined;
      },
    },
    agents: {
      agents: () => [
        {
          name: 'GREETER',
          level: 'L3',
          skills: [],
          capacity: 1,
          transport: { kind: 'nats' },
          declared: true,
          workers: [],
        },
      ],
      depths: async () => new Map([['GREETER', { waiting: 4, taken: 2 }]]),
    },
    approvalsSince: async () => ['2026-01-01T00:01:00.000Z', startedAt],
    shardsHeld: async () => 32,
    isConnected: () => true,
    alerts: { onAlert: () => () => undefined },
    clock,
    ...more,
  });
  onTestFinished(metrics.close);
  const landed = { position: 1, run: '01a', line: line('01a', 'RUNNING') };

  return {
    metrics,
    clock,
    land: (type: string) => land({ ...landed, record: { type } as Landed['record'] }),
    lines: async () => (await metrics.text()).body.split('\n').filter((each) => each.startsWith('workflow_')),
  };
}

test('what is there is told as it is', async () => {
  const { metrics, land, lines } = open();
  land('task.completed');
  land('task.completed');
  metrics.request({ route: '/api/v1/runs/{run}', method: 'GET', status: 200, durationMs: 40 });
  metrics.streamClients(1);
  metrics.streamClients(1);
  metrics.streamClients(-1);

  expect((await lines()).filter((each) => !each.includes('_bucket'))).toEqual([
    'workflow_runs{definition="pay",status="RUNNING"} 2',
    'workflow_runs{definition="pay",status="FAILED"} 1',
    'workflow_runs{definition="pay",status="QUARANTINED"} 1',
    'workflow_events_total{type="task.completed"} 2',
    'workflow_approvals_waiting 2',
    'workflow_approvals_oldest_age_seconds 90',
    'workflow_work_waiting{agent="GREETER"} 4',
    'workflow_work_taken{agent="GREETER"} 2',
    'workflow_workers{agent="GREETER"} 0',
    'workflow_http_requests_total{route="/api/v1/runs/{run}",method="GET",status="200"} 1',
    'workflow_http_request_duration_seconds_sum{route="/api/v1/runs/{run}",method="GET"} 0.04',
    'workflow_http_request_duration_seconds_count{route="/api/v1/runs/{run}",method="GET"} 1',
    'workflow_stream_clients 1',
    'workflow_nats_connected 1',
    'workflow_shards_held 32',
  ]);
});

test('a source that fails or hangs keeps no other back', async () => {
  const { clock, lines } = open({
    shardsHeld: () => new Promise(() => undefined),
    approvalsSince: () => Promise.reject(new Error('no server')),
    isConnected: () => false,
  });
  const asked = lines();
  await expect
    .poll(
      () => {
        clock.advance(2_000);
        return Promise.race([asked, Promise.resolve('waits')]);
      },
      { interval: 5 },
    )
    .not.toBe('waits');
  expect(await asked).toContain('workflow_nats_connected 0');
  expect(await asked).toContain('workflow_work_waiting{agent="GREETER"} 4');
});

test('a source that is slow is not asked again before it has answered', async () => {
  let asked = 0;
  const { clock, lines } = open({
    approvalsSince: () => {
      asked += 1;
      return new Promise(() => undefined);
    },
  });
  for (let scrape = 0; scrape < 3; scrape += 1) {
    let isThere = false;
    void lines().then(() => {
      isThere = true;
    });
    const look = () => {
      clock.advance(20_000);
      return isThere;
    };
    await expect.poll(look, { interval: 5 }).toBe(true);
  }
  expect(asked).toBe(1);
});

test('more approvals than a call takes arguments are counted all the same', async () => {
  const since = Array.from({ length: 300_000 }, () => startedAt);
  const { lines } = open({ approvalsSince: async () => since });
  const told = await lines();
  expect(told).toContain('workflow_approvals_waiting 300000');
  expect(told).toContain('workflow_approvals_oldest_age_seconds 90');
});

test('docs/metrics.md lists every number of ours, and none that is not', async () => {
  const { metrics } = open();
  const { type, body } = await metrics.text();
  expect(type).toContain('text/plain');
  const page = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^\| `(workflow_\w+)/gm)].map(([, name]) => name);
  const told = [...body.matchAll(/^# TYPE (workflow_\w+)/gm)].map(([, name]) => name);
  expect([...listed].sort()).toEqual([...told].sort());
});
