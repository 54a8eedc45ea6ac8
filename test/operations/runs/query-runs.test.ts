// Questions in SQL about what happened in runs: they are read for the question that names them, and for no other.
// Method: the real engine over a journal in memory, asked over HTTP; SQLite answers here, from an empty index.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openRunIndex } from '../../../src/stores/sqlite/open-run-index.ts';
import { answerSql } from '../../../src/stores/sqlite/run-sql.ts';
import { controlled } from '../../cli/control-definitions.ts';
import { openRoutes } from '../../http/routes-world.ts';

async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'workflow-query-'));
  const path = join(folder, 'runs.db');
  // Open all the time, as that of an engine is: of the last to close it, whoever comes next may find it locked.
  const index = await openRunIndex(path, expect.unreachable);
  onTestFinished(() => {
    index.close();
    rmSync(folder, { recursive: true });
  });
  const handed: (readonly string[])[] = [];
  const world = await openRoutes(controlled, undefined, () => ({
    sql: {
      query: (sql, { rowsMax, tables = [] }) => {
        handed.push(tables.map(({ name }) => name));
        return answerSql({ path, sql, rowsMax, tables });
      },
    },
  }));
  const start = async (definition: string, status: string, input = {}) => {
    const { run } = (await world.post('/runs', { definition, input })).body as { run: string };
    await expect.poll(() => world.board.line(run)?.head.status).toBe(status);
    return run;
  };
  const failed = await start('gated', 'FAILED', { who: 'ana', token: 'swordfish' });
  const waits = await start('waiting', 'RUNNING');
  const ask = async (sql: string, more: object = {}) =>
    (await world.post('/query', { sql, ...more })).body as {
      readonly rows: readonly (readonly unknown[])[];
      readonly details?: object;
      readonly code?: string;
    };

  return { ask, failed, waits, handed };
}

test('tasks, attempts and events of runs are rows as their journal tells', async () => {
  const { ask, failed, waits } = await open();

  const tasks = await ask(
    'SELECT run, task, type, status, attempts, error FROM tasks ORDER BY run, started_at, task',
  );
  expect(tasks).toMatchObject({ details: { runs: 2, of: 2 } });
  expect(tasks.rows).toContainEqual([failed, 'pass', 'SIMPLE', 'FAILED', 1, 'command.exit']);
  expect(tasks.rows).toContainEqual([waits, 'paid', 'WAIT', 'WAITING', 1, null]);
  const attempts = await ask(
    "SELECT run, task, attempt, kind, outcome, error, queued_at <= started_at FROM attempts WHERE id IN ('pass', 'paid')",
  );
  expect(attempts.rows).toEqual([
    [waits, 'paid', 1, 'waiting', null, null, 1],
    [failed, 'pass', 1, 'running', 'failed', 'command.exit', 1],
  ]);
  const events = await ask(
    "SELECT sequence, type, data ->> '$.input.who' FROM events WHERE run = (SELECT run FROM events WHERE error IS NOT NULL) ORDER BY sequence",
  );
  expect(events.rows[0]).toEqual([1, 'run.started', 'ana']);
  expect(events.rows.map(([sequence]) => sequence)).toEqual(events.rows.map((_, at) => at + 1));
  expect(JSON.stringify(await ask('SELECT * FROM events'))).not.toContain('swordfish');
});

test('the table of the seeds has a row for each run', async () => {
  const { ask, failed, waits } = await open();
  const { rows } = await ask(
    'SELECT workflow_id, trigger_id, agents_involved, execution_status FROM workflow_executions',
  );

  expect(rows).toEqual([
    [waits, 'manual', '[]', 'running'],
    [failed, 'manual', expect.stringMatching(/^\[/), 'failed'],
  ]);
});

test('terms choose whose tasks are asked; without such a table they are refused', async () => {
  const { ask } = await open();

  expect(await ask('SELECT count(DISTINCT run) FROM events', { where: 'status=FAILED' })).toMatchObject({
    rows: [[1]],
    details: { runs: 1, of: 1 },
  });
  const executions = 'SELECT count(*) FROM workflow_executions';
  expect(await ask(executions, { where: 'definition=waiting' })).toMatchObject({ rows: [[1]] });
  expect(await ask('SELECT count(*) FROM runs', { where: 'status=FAILED' })).toMatchObject({
    code: 'usage.where',
  });
  expect(await ask('SELECT 1 FROM tasks', { where: 'statos=FAILED' })).toMatchObject({ code: 'usage.where' });
});

test('only what a question names is read for it', async () => {
  const { ask, handed } = await open();
  const plain = await ask('SELECT count(*) FROM runs');
  await ask('SELECT 1 FROM attempts, tasks');

  expect(plain).not.toHaveProperty('details');
  expect(handed).toEqual([[], ['tasks', 'attempts']]);
});
