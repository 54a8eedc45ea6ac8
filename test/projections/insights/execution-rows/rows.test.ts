// How executions are written down: what databases, spreadsheets and programs read has to be what was written, whatever
// stands in it. Method: nasty rows, loaded by SQLite, by PostgreSQL where it is installed, and by Python's CSV reader.
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../../../events/canonical-json.ts';
import {
  csvRows,
  jsonRows,
  type RowWriter,
  sqlRows,
} from '../../../../src/projections/insights/execution-rows/row-formats.ts';
import type { ExecutionRow } from '../../../../src/projections/insights/executions.ts';
import { type Database, openPostgres, openSqlite, postgresPrograms } from '../../../support/databases.ts';

const nasty =
  "Robert'); DROP TABLE workflow_executions;-- \\' \\\\ \n\r\t \" ; $$ :name '' \u2028 \u{1F600} \u0007 %s";

const rows: readonly ExecutionRow[] = [
  row(1, { result: { text: nasty, list: [1, -2.5, true, null, nasty] }, agents: ['one', "o'two"] }),
  row(2, { result: nasty, status: 'failed' }),
  row(3, { result: null, status: 'running', agents: [] }),
  row(9_007_199_254_740_991, { result: -5 }),
];

function row(
  id: number,
  {
    result,
    status = 'completed',
    agents = ['finance_financial_analyst', 'strategy_strategic_planner'],
  }: { readonly result: Json; readonly status?: string; readonly agents?: readonly string[] },
): ExecutionRow {
  return {
    id,
    workflow_id: `run-${id}`,
    trigger_id: 'revenue_milestone',
    agents_involved: agents,
    execution_status: status,
    result,
    timestamp: '2026-01-31T09:00:00.250Z',
  };
}

function written({ head, row: line, tail }: RowWriter, all: readonly ExecutionRow[]): string {
  return `${head}${all.map(line).join('')}${tail(all.length)}`;
}

const programs = postgresPrograms();
const databases = [
  { name: 'SQLite', open: openSqlite },
  ...(programs === undefined ? [] : [{ name: 'PostgreSQL', open: () => openPostgres(programs) }]),
];

describe.each(databases)('$name', ({ name, open }) => {
  let database: Database;

  beforeAll(() => {
    database = open();
  }, 60_000);
  afterAll(() => database.stop());

  test('loads the SQL as it is, and finds in it what was written', () => {
    database.load(written(sqlRows, rows));
    const text = name === 'SQLite' ? '' : '::text';
    const found = database.rows(
      `SELECT id, workflow_id, trigger_id, agents_involved, execution_status, result${text}, timestamp${text}
       FROM workflow_executions ORDER BY id`,
    );
    expect(
      found.map(([id, run, trigger, agents, status, result, time]) => ({
        id,
        workflow_id: run,
        trigger_id: trigger,
        agents_involved: JSON.parse(String(agents)),
        execution_status: status,
        result: result === null ? null : JSON.parse(String(result)),
        timestamp: new Date(`${String(time).replace(' ', 'T')}Z`).toISOString(),
      })),
    ).toEqual(rows);
  });

  test('loads it again: what is known is brought up to date, nothing is there twice', () => {
    database.load(written(sqlRows, rows));
    database.load(
      written(sqlRows, [row(3, { result: { done: true }, status: 'completed' }), row(4, { result: 1 })]),
    );
    expect(database.rows('SELECT id, execution_status FROM workflow_executions ORDER BY id')).toEqual([
      [1, 'completed'],
      [2, 'failed'],
      [3, 'completed'],
      [4, 'completed'],
      [9_007_199_254_740_991, 'completed'],
    ]);
  });

  test('reads members of results, and time, as it reads its own', () => {
    database.load(written(sqlRows, [row(5, { result: { total: 4167, 'nul\0': 'a\0b\ud800' } })]));
    const member = name === 'SQLite' ? "json_extract(result, '$.total')" : "(result ->> 'total')::int";
    expect(
      database.rows(
        `SELECT ${member} FROM workflow_executions WHERE id = 5 AND timestamp > '2026-01-31 09:00:00.249'
         AND timestamp < '2026-01-31 09:00:00.251'`,
      ),
    ).toEqual([[4167]]);
  });

  test('a file that was cut off changes nothing', () => {
    const whole = written(sqlRows, [row(6, { result: 1 }), row(7, { result: 2 })]);
    database.load(whole.slice(0, whole.indexOf('COMMIT')));
    expect(database.rows('SELECT id FROM workflow_executions WHERE id IN (6, 7)')).toEqual([]);
  });
});

test('CSV is read back as it was written', () => {
  const read = csvRead(written(csvRows, rows));
  expect(read[0]).toEqual([
    'id',
    'workflow_id',
    'trigger_id',
    'agents_involved',
    'execution_status',
    'result',
    'timestamp',
  ]);
  expect(
    read.slice(1).map(([id, , , agents, status, result]) => [id, JSON.parse(agents ?? ''), status, result]),
  ).toEqual(
    rows.map(({ id, agents_involved, execution_status, result }) => [
      String(id),
      agents_involved,
      execution_status,
      result === null ? '' : JSON.stringify(result),
    ]),
  );
});

test('no spreadsheet takes a cell of CSV for a formula; numbers stay numbers', () => {
  const given = ['=cmd|calc!A1', '+1+cmd', '-2+3', '@SUM(A1)', '\t=1', '-5', '-1.5e3', 'a,"b"\r\nc', ' x '];
  const text = written(
    csvRows,
    given.map((trigger) => ({ ...row(1, { result: null }), trigger_id: trigger })),
  );
  const cells = ["'=cmd|calc!A1", "'+1+cmd", "'-2+3", "'@SUM(A1)", "'\t=1", ...given.slice(5)];
  expect(
    csvRead(text)
      .slice(1)
      .map((line) => line[2]),
  ).toEqual(cells);
});

test('JSON is one document, also of nothing', () => {
  expect(JSON.parse(written(jsonRows, rows))).toEqual({
    apiVersion: '3ox/v1',
    kind: 'ExecutionList',
    items: rows,
    total: rows.length,
  });
  expect(JSON.parse(written(jsonRows, []))).toMatchObject({ items: [], total: 0 });
});

const csvProgram =
  'import csv, io, json, sys\n' +
  'text = sys.stdin.buffer.read().decode()\n' +
  'print(json.dumps(list(csv.reader(io.StringIO(text, newline="")))))';

function csvRead(input: string): readonly (readonly string[])[] {
  const { stdout, stderr } = spawnSync('python3', ['-c', csvProgram], { input, encoding: 'utf8' });
  if (stderr !== '') throw new Error(stderr);

  return JSON.parse(stdout);
}
