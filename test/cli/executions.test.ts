// `workflow executions`: the record of what was carried out, in every form, and its sums. Method: the real engine over
// the journal in memory; runs are started by the command itself.
import { expect, test } from 'vitest';
import { all } from './definitions.ts';
import { createProject, type Project } from './project.ts';

async function someRuns(): Promise<Project> {
  const project = await createProject(all);
  await project.cli('start greeting -i who=world');
  await project.cli('start failing');
  await project.cli('start approval');

  return project;
}

type Row = { readonly id: number; readonly workflow_id: string; readonly execution_status: string };

async function rowsOf({ cli }: Project, flags = ''): Promise<readonly Row[]> {
  return JSON.parse((await cli(`executions --json ${flags}`)).out).items;
}

test('as a table: the latest first, with what started them and what came of them', async () => {
  const { cli } = await someRuns();
  const { exit, out } = await cli('executions');
  expect(exit).toBe(0);
  const lines = out.split('\n').map((line) => line.replace(/ +/g, ' ').trim());
  expect(lines[0]).toBe('ID RUN TRIGGER STATUS AGENTS STARTED RESULT');
  expect(lines[1]).toContain('manual ◇ needs approval');
  expect(lines[2]).toContain('manual ✗ failed');
  expect(lines[3]).toContain('manual ✓ completed');
  expect(lines[3]).toContain('{"text":"hello world","receipt_file":"out/GREETING.yaml"}');
});

test('as JSON: the columns of the seeds, with ids that stay the same', async () => {
  const project = await someRuns();
  const rows = await rowsOf(project);
  expect(rows.map(({ execution_status }) => execution_status)).toEqual(['running', 'failed', 'completed']);
  expect(rows[2]).toEqual({
    id: 1,
    workflow_id: expect.any(String),
    trigger_id: 'manual',
    agents_involved: [],
    execution_status: 'completed',
    result: { receipt_file: 'out/GREETING.yaml', text: 'hello world' },
    timestamp: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/),
  });
  await project.cli('approve @last ask');
  const later = await rowsOf(project);
  expect(later.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
  expect(later[0]?.execution_status).toBe('completed');
  expect((await project.cli('executions --format json')).out).toBe(
    (await project.cli('executions --json')).out,
  );
});

test('page by page: the next one goes on behind the last run of the one before', async () => {
  const project = await someRuns();
  const all = await rowsOf(project);
  const [first] = await rowsOf(project, '--limit 1');
  await project.cli('start greeting -i who=meanwhile');
  expect(await rowsOf(project, `--limit 1 --after ${first?.workflow_id}`)).toEqual([all[1]]);
  const shown = await project.cli('executions --limit 1');
  expect(shown.err).toMatch(/--after [0-9a-z]{26} the next/);
  expect(await project.cli('executions --after 01zzzz')).toMatchObject({ exit: 4 });
});

test('as CSV and SQL: every run, and nothing else on stdout', async () => {
  const { cli } = await someRuns();
  const csv = await cli('executions --format csv');
  expect(csv.out.split('\r\n')).toHaveLength(1 + 3 + 1);
  expect(csv.out).toMatch(/^id,workflow_id,trigger_id,agents_involved,execution_status,result,timestamp\r\n/);
  const sql = await cli('executions --format sql --definition greeting');
  expect(sql.out.match(/^INSERT INTO/gm)).toHaveLength(1);
  expect(sql.out).toMatch(/^BEGIN;\n[\s\S]*COMMIT;\n$/);
});

test('chosen by trigger, definition, time and number', async () => {
  const project = await someRuns();
  expect(await rowsOf(project, '--trigger manual')).toHaveLength(3);
  expect(await rowsOf(project, '--trigger lead_qualification')).toHaveLength(0);
  expect(await rowsOf(project, '--trigger failing/manual')).toMatchObject([{ execution_status: 'failed' }]);
  expect(await rowsOf(project, '--trigger nobody/manual')).toHaveLength(0);
  expect(await rowsOf(project, '--definition failing')).toMatchObject([{ execution_status: 'failed' }]);
  expect(await rowsOf(project, '--since 1h')).toHaveLength(3);
  expect(await rowsOf(project, '--since 2100-01-01')).toHaveLength(0);
  expect(await rowsOf(project, '--limit 2')).toHaveLength(2);
  const limited = await project.cli('executions --limit 2');
  expect(limited.out.trim().split('\n')).toHaveLength(1 + 2);
  expect(limited.err).toContain('there are more');
});

test('the summary says by trigger how many succeeded and how long they took', async () => {
  const { cli } = await someRuns();
  const summary = JSON.parse((await cli('executions --summary --json')).out);
  expect(summary).toMatchObject({
    kind: 'ExecutionSummary',
    total: 1,
    items: [{ trigger: 'manual', runs: 3, ended: 2, completed: 1, successRate: 0.5, agentsAverage: 0 }],
  });
  const { out } = await cli('executions --summary');
  expect(out.replace(/ +/g, ' ')).toMatch(
    /^TRIGGER RUNS ENDED SUCCESS STOPPED AVERAGE P95 AGENTS LAST\nmanual 3 2 50.0% /,
  );
});

test('without any run it says so, and a document is still one', async () => {
  const { cli } = await createProject(all);
  expect(await cli('executions')).toMatchObject({
    exit: 0,
    out: '',
    err: expect.stringContaining('no run fits'),
  });
  expect(JSON.parse((await cli('executions --json')).out)).toMatchObject({ items: [], total: 0 });
  expect((await cli('executions --format sql')).out).toMatch(/^BEGIN;[\s\S]*COMMIT;\n$/);
});

test.each([
  ['executions --since yesterday', 'usage.since'],
  ['executions --limit 0', 'usage.limit'],
  ['executions --json --format csv', 'usage.format'],
  ['executions --summary --format sql', 'usage.format'],
  ['executions --format xml', 'usage.command-line'],
])('%s is refused: %s', async (line, code) => {
  const { cli } = await createProject({});
  const { exit, out, err } = await cli(line);
  expect({ exit, out }).toEqual({ exit: 2, out: '' });
  expect(`${err}`).toContain(code);
});
