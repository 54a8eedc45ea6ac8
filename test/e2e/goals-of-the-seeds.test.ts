// Seeds: "Strategic goals cascade to operational tasks: Goal Analysis -> Department Assignment, Agent Team Formation ->
// Task Distribution, Progress Monitoring -> KPI Tracking". Method: examples/goals and the two definitions of the seeds
// in a project of its own, on a real engine that is asked by the real command line.
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GoalReport, GoalTree } from '../../src/api/goals.ts';
import { createDashboardEngine, type DashboardEngine } from '../browser/dashboard-engine.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const patience = { timeout: 60_000, interval: 500 };
let server: TestServer;
let project: string;
let engine: DashboardEngine;

beforeAll(async () => {
  server = await startTestServer();
  project = await mkdtemp(join(tmpdir(), 'workflow-seed-goals-'));
  await mkdir(join(project, 'definitions'));
  for (const file of ['enterprise.yaml', 'agents.yaml'])
    await copyFile(join(root, 'examples/goals', file), join(project, file));
  for (const id of ['revenue-milestone', 'lead-qualification'])
    await copyFile(join(root, `definitions/${id}.yaml`), join(project, `definitions/${id}.yaml`));
  await writeFile(
    join(project, 'definitions/win-back.yaml'),
    blockOf(await page(), 'workflow:\n  id: win-back'),
  );
  engine = createDashboardEngine({ project, env: { NATS_URL: server.url }, args: [] });
  await engine.start();
}, 120_000);

afterAll(async () => {
  await engine.kill9();
  await server.stop();
  await rm(project, { recursive: true, force: true });
});

const page = () => readFile(join(root, 'docs/goals.md'), 'utf8');

function blockOf(text: string, start: string): string {
  const found = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].find(([, block = '']) =>
    block.startsWith(start),
  );

  return found?.[1] ?? '';
}

const cli = (...args: readonly string[]) =>
  runProgram(builtCli, args, { cwd: project, env: { NATS_URL: server.url, USER: 'ana' } });

async function json<Answer>(...args: readonly string[]): Promise<Answer> {
  const { stdout, stderr } = await cli(...args, '--json');
  if (stdout === '') throw new Error(stderr);

  return JSON.parse(stdout) as Answer;
}

test('docs/goals.md shows the file of the example, and its commands are there', async () => {
  const example = await readFile(join(project, 'enterprise.yaml'), 'utf8');
  expect(example.endsWith(blockOf(await page(), 'goals:'))).toBe(true);
  expect(await cli('check', 'enterprise.yaml')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('2 goals, 3 KPIs'),
  });
}, 60_000);

test('revenue_milestone and lead_qualification move the goals that they serve: $50K a year, $80K of leads', async () => {
  const lead = { lead_id: 'L-1041', company: 'Helion Freight', budget: 48_000, asked_for_demo: true };
  await cli('emit', 'lead.captured', '--data', JSON.stringify(lead), '--wait');
  const month = { month: '2026-10', monthly_revenue: 4310 };
  await cli('emit', 'revenue.updated', '--data', JSON.stringify(month), '--wait');
  await expect
    .poll(async () => (await cli('approve', '@last', 'approve_plan', '--as', 'ana')).code, patience)
    .toBe(0);
  await expect
    .poll(async () => (await json<GoalReport>('goals', 'show', 'revenue')).runsTotal, patience)
    .toBe(1);
  await expect
    .poll(async () => (await json<GoalReport>('goals', 'show', 'lead_value')).runsTotal, patience)
    .toBe(1);

  const { items } = await json<GoalTree>('goals', 'list');
  const nodes = new Map(items.map((node) => [node.path, node]));
  expect(nodes.get('goal:annual_revenue')).toMatchObject({ target: 50_000, value: 4310, unit: 'USD' });
  expect(nodes.get('goal:annual_revenue/goal:pipeline')).toMatchObject({
    ...{ target: 80_000, value: 40_000, progress: 0.5 },
  });
  // Departments, and teams that are formed by what agents.yaml says of agents.
  expect(nodes.get('goal:annual_revenue/department:finance')).toMatchObject({
    ...{ owner: 'ida', agents: ['finance_financial_analyst', 'finance_revenue_tracker'] },
  });
  expect(nodes.get('goal:annual_revenue/department:marketing/team:lead_desk')).toMatchObject({
    agents: ['marketing_lead_generator'],
  });
  const [run] = (await json<GoalReport>('goals', 'show', 'pipeline')).runs;
  expect(run).toMatchObject({ definition: 'lead-qualification', value: 40_000 });
  expect(await cli('goals', 'verify')).toMatchObject({ code: 0 });
}, 180_000);

test('the second period in a row below its target starts a definition, and the first one does not', async () => {
  const told = { kpi: 'revenue', period: '2026-10', value: 12, target: 4167 };
  for (const periods of [1, 2])
    await cli('emit', 'kpi.below_target', '--data', JSON.stringify({ ...told, periods }), '--wait');
  await expect
    .poll(
      async () => (await json<{ items: readonly object[] }>('list', '--where', 'definition=win-back')).items,
      patience,
    )
    .toHaveLength(1);
}, 120_000);
