// Goals, departments, teams and KPIs, measured from runs. Method: a real engine on a real server, killed in between,
// and the real command line.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCli } from '../../src/cli/program/program.ts';
import { createApp } from '../../src/compose/app.ts';
import { createDashboardEngine, type DashboardEngine } from '../browser/dashboard-engine.ts';
import { createTestIo } from '../cli/test-io.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';

const files: Readonly<Record<string, string>> = {
  'enterprise.yaml': `
name: Sales
goals:
  growth: { target: 1000, kpi: revenue, due: 2999-12-31, departments: sales }
departments:
  sales: { owner: ida, budget: { amount: 500, unit: USD, spent: spending } }
teams:
  closers: { department: sales, skills: closing }
kpis:
  revenue: { measure: sum, value: output.amount, runs: { goal: growth }, period: year, target: 900, unit: USD }
  spending: { measure: sum, value: output.amount / 10, department: sales, period: year }
  success: { measure: success_rate, runs: { department: sales }, team: closers, period: day, target: 1 }
`,
  'agents.yaml': `
agents:
  ANN: { department: sales, skills: [closing] }
  BOB: { department: sales }
`,
  'definitions/sale.yaml': `
workflow:
  id: sale
  version: 1
  labels: { department: sales, serves: growth }
  input: { properties: { amount: { type: number } }, required: [amount] }
  output: { amount: "\${workflow.input.amount}" }
  tasks: [{ id: look, type: NOOP }]
`,
  'definitions/lost.yaml': `
workflow:
  id: lost
  version: 1
  labels: { department: sales }
  tasks: [{ id: stop, type: TERMINATE, status: FAILED, error_code: sale.lost, reason: nobody buys }]
`,
};

let server: TestServer;
let project: string;
let engine: DashboardEngine;

beforeAll(async () => {
  server = await startTestServer();
  project = await mkdtemp(join(tmpdir(), 'workflow-goals-'));
  vi.stubEnv('NATS_URL', server.url);
  await mkdir(join(project, 'definitions'));
  for (const [path, text] of Object.entries(files)) await writeFile(join(project, path), text);
  engine = createDashboardEngine({ project, env: { NATS_URL: server.url }, args: [] });
  await engine.start();
}, 60_000);

afterAll(async () => {
  await engine.kill9();
  await server.stop();
  vi.unstubAllEnvs();
  await rm(project, { recursive: true });
});

async function cli(...args: readonly string[]) {
  const io = createTestIo({ cwd: project });
  const code = await runCli([...args], createApp(), io);

  return { code, stdout: io.out(), stderr: io.err() };
}

async function json(...args: readonly string[]) {
  const { stdout, stderr } = await cli(...args, '--json');
  expect(stdout, stderr).not.toBe('');

  return JSON.parse(stdout);
}

const start = (definition: string, input: Readonly<Record<string, number>> = {}) =>
  cli(
    'start',
    `definitions/${definition}.yaml`,
    ...Object.entries(input).flatMap(([name, value]) => ['-i', `${name}=${value}`]),
  );

/** Waits until the KPI counts so many runs. */
async function measured(kpi: string, runs: number) {
  return vi.waitFor(
    async () => {
      const report = await json('goals', 'show', kpi);
      expect(report.runsTotal).toBe(runs);
      return report;
    },
    { timeout: 20_000, interval: 200 },
  );
}

test('the tree shows goals with their departments, teams and KPIs, and how far each is', async () => {
  await start('sale', { amount: 100 });
  await start('sale', { amount: 150 });
  await start('lost');
  await measured('success', 3);

  const { items } = await json('goals', 'list');
  const shown = items.map(({ path, value, progress }: Record<string, unknown>) => [path, value, progress]);
  expect(shown).toEqual([
    ['goal:growth', 250, 0.25],
    ['goal:growth/department:sales', undefined, undefined],
    ['goal:growth/department:sales/team:closers', undefined, undefined],
    ['goal:growth/department:sales/team:closers/kpi:success', 2 / 3, 2 / 3],
    ['goal:growth/department:sales/kpi:spending', 25, undefined],
    ['goal:growth/kpi:revenue', 250, 250 / 900],
  ]);
  expect(items[1]).toMatchObject({
    owner: 'ida',
    agents: ['ANN', 'BOB'],
    budget: { amount: 500, spent: 25 },
  });
  // Who is in a team follows from what agents.yaml says of agents.
  expect(items[2]).toMatchObject({ agents: ['ANN'] });
}, 60_000);

test('a KPI leads to the runs that moved it', async () => {
  const { runs } = await measured('revenue', 2);
  expect(runs.map(({ value }: { readonly value: number }) => value)).toEqual([150, 100]);
  const shown = await json('show', runs[0].run);
  expect(shown).toMatchObject({ run: runs[0].run, definition: { id: 'sale' } });
}, 60_000);

test('after kill -9 what was measured is what the runs in the journal give, each run once', async () => {
  await engine.kill9();
  await engine.start();
  await start('sale', { amount: 50 });
  const { periods } = await measured('revenue', 3);
  expect(periods[0]).toMatchObject({ value: 300, runs: 3 });

  const check = await cli('goals', 'verify', '--json');
  expect([check.code, JSON.parse(check.stdout)]).toMatchObject([
    0,
    { ok: true, kpis: [{ kpi: 'revenue', same: true, runs: 3 }, { same: true }, { same: true, runs: 4 }] },
  ]);
}, 60_000);

test('a name that is not there is refused with those that are', async () => {
  const { code, stderr } = await cli('goals', 'show', 'revenu');
  expect(code).not.toBe(0);
  expect(stderr).toContain('enterprise.yaml has nothing called revenu; there is growth, sales, closers');
});
