// The state file keeps the shape of the seeds' "Complete State Log": the same keys, the same meaning. Method: a run
// like the one in the seeds is driven to the same point and compared whole; then its bounds.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { stateLogEntry } from '../../../src/projections/run/state-log.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';
import { viewOf } from '../view-of.ts';

const chart = chartOf(
  `
  - { id: scan_files, uses: files.scan, output: [total_files] }
  - id: gate
    type: DECISION
    depends_on: scan_files
    decision_param: '\${scan_files.output.total_files}'
    decision_cases: { '47': { next: [alert_cmd_bridge] } }
  - { id: alert_cmd_bridge, type: HUMAN, wait_for_approval: true, timeout: 24h }
  `,
  'input: { required: [target_folder] }',
);

test('has the keys of the seeds, with ISO times beside the Sirius ones', () => {
  const run = startedRun(chart, { target_folder: '0UT.3OX' })
    .does({ kind: 'startTask', task: 'scan_files', attempt: 1, worker: 'w' })
    .passes(60_000)
    .completes('scan_files', { total_files: 47 });
  expect(stateLogEntry(viewOf(run))).toEqual({
    id: 'test-run',
    definition_id: 'under-test',
    definition_version: 1,
    status: 'RUNNING',
    sequence: 4,
    created_at: '⧗-25.147.0000',
    created_at_iso: '2026-01-01T00:00:00.000Z',
    updated_at: '⧗-25.147.0000',
    updated_at_iso: '2026-01-01T00:00:00.000Z',
    input: { target_folder: '0UT.3OX' },
    tasks: {
      scan_files: {
        status: 'COMPLETED',
        started_at: '⧗-25.147.0000',
        started_at_iso: '2026-01-01T00:00:00.000Z',
        completed_at: '⧗-25.147.0001',
        completed_at_iso: '2026-01-01T00:01:00.000Z',
        attempts: 1,
        execution_time: '1m',
        output: { total_files: 47 },
      },
      gate: {
        status: 'COMPLETED',
        completed_at: '⧗-25.147.0001',
        completed_at_iso: '2026-01-01T00:01:00.000Z',
        decision: '47',
        next_tasks: ['alert_cmd_bridge'],
      },
      alert_cmd_bridge: {
        status: 'PENDING_APPROVAL',
        waiting_since: '⧗-25.147.0001',
        waiting_since_iso: '2026-01-01T00:01:00.000Z',
        timeout_at: '⧗-25.148.0001',
        timeout_at_iso: '2026-01-02T00:01:00.000Z',
      },
    },
  });
});

test('a run that ended has how long it took and why it failed', () => {
  const run = startedRun(chart, { target_folder: 'x' })
    .passes(5_000)
    .fails('scan_files', 'file.broken', false);
  expect(stateLogEntry(viewOf(run))).toMatchObject({
    status: 'FAILED',
    execution_time: '5s',
    failed_task: 'scan_files',
    error: { code: 'file.broken' },
  });
});

test('tells where the input of a task came from: the expressions, as the seeds write them', () => {
  const input = `{
    files: "\${scan.output.file_list}", depth: 3, note: "of \${workflow.input.name}",
    rules: { required: "\${ scan.output.required }", fixed: [1] }, pair: [x, "\${scan.output.total}"] }`;
  const two = chartOf(
    `
  - { id: scan, uses: files.scan, input: { folder: ships } }
  - { id: check, depends_on: scan, input: ${input} }
  - { id: later, depends_on: check, input: "\${check.output}" }
  `,
    'input: { required: [name] }',
  );
  const run = startedRun(two, { name: 'argo' }).completes('scan', { file_list: [], required: [], total: 0 });

  expect(stateLogEntry(viewOf(run))).toMatchObject({
    tasks: {
      check: {
        input_from: {
          files: 'scan.output.file_list',
          note: 'of ${workflow.input.name}',
          rules: { required: 'scan.output.required' },
          pair: { 1: 'scan.output.total' },
        },
      },
    },
  });
  const log = JSON.stringify(stateLogEntry(viewOf(run)));
  expect(log.split('input_from')).toHaveLength(2);
  expect(JSON.stringify(stateLogEntry(viewOf(run.completes('check', {}))))).toContain(
    '"input_from":"check.output"',
  );
});

test('reads the same, whichever order the names in a value came in', () => {
  const logged = (output: Json): string =>
    JSON.stringify(
      stateLogEntry(viewOf(startedRun(chart, { target_folder: '0UT.3OX' }).completes('scan_files', output))),
    );

  expect(logged({ total_files: 47, bytes: 3 })).toBe(logged({ bytes: 3, total_files: 47 }));
});

test('an output too large for people to read is named by its size', () => {
  const run = startedRun(chart, { target_folder: 'x' }).completes('scan_files', {
    total_files: 3,
    file_list: 'x'.repeat(100_000),
  });
  expect(stateLogEntry(viewOf(run))['tasks']).toMatchObject({
    scan_files: { output: { total_files: 3, file_list: '[100002 characters of JSON, see workflow show]' } },
  });
});

test('of a long list some passes stand in the file, with the addresses of their tasks', () => {
  const listing = chartOf(
    `
    - id: each
      type: FORK
      for_each: '\${workflow.input.items}'
      tolerate_failures: 100%
      tasks: [{ id: pay, uses: notify }]
    - { id: wait, type: WAIT, signal: paid }
    `,
    'input: { required: [items] }',
  );
  const run = startedRun(listing, { items: Array.from({ length: 1000 }, (_, index) => index) });
  run.fails('each[50].pay', 'pay.declined', false).completes('each[51].pay');
  const { tasks } = stateLogEntry(viewOf(run)) as unknown as {
    readonly tasks: Readonly<Record<string, object>>;
  };
  expect(Object.keys(tasks)).toHaveLength(1 + 10 + 1);
  expect(tasks).toMatchObject({
    each: { status: 'IN_PROGRESS', passes: { total: 1000, completed: 1, failed: 1, running: 100 } },
    'each[0].pay': { status: 'SCHEDULED' },
    'each[50].pay': { status: 'FAILED', error: { code: 'pay.declined' } },
    wait: { status: 'WAITING' },
  });
});
