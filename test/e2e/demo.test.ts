// `workflow demo` shows a definition with its trigger and agents at work, and leaves nothing running. Method: the built
// command line with a server of its own, in an empty folder.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { demos } from '../../src/cli/demo/demos.ts';
import { builtCli, type Finished, runProgram } from './station.ts';
import { startWorker } from './worker-programs.ts';

const env = { NATS_URL: '', USER: 'ana', LANG: 'en_US.UTF-8' };
/** The promise is 30 s on a machine that has nothing else to do; this one may be busy. */
const demoMsMax = 120_000;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workflow-demo-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function cli(...args: readonly string[]): Promise<Finished> {
  return runProgram(builtCli, args, { cwd: folder, env });
}

async function play(name: string): Promise<Finished> {
  const played = await cli('demo', name);
  expect(played).toMatchObject({ code: 0 });
  expect(await cli('down', '--project', `3ox-demo-${name}`)).toMatchObject({
    stdout: expect.stringContaining('no server of this project is running'),
  });

  return played;
}

test(
  'revenue-milestone: below the target nothing starts, at it one run whose plan is approved',
  async () => {
    const { stdout, stderr } = await play('revenue-milestone');
    expect(stderr).toContain('monthly_revenue >= 4167 is false; event.data.monthly_revenue = 3980');
    expect(stderr).toMatch(/analyse_revenue completed[\s\S]*plan_strategy completed[\s\S]*needs approval/);
    expect(stderr).toContain('monthly target 4375');
    expect(stderr).toMatch(/CMD.BRIDGE says: approve[\s\S]*write_plan completed/);
    expect(stderr).toMatch(/had started run t\w+ for the same key/);
    const [row, ...others] = stdout.trim().split('\n').slice(1);
    expect(others).toEqual([]);
    expect(row).toMatch(
      /revenue_milestone .*completed .*finance_financial_analyst, strategy_strategic_planner/,
    );
    const plan = await readFile(
      join(folder, '3ox-demo-revenue-milestone/0UT.3OX/STRATEGY.2026-10.md'),
      'utf8',
    );
    expect(plan).toContain('raise the monthly target by 5%');
  },
  demoMsMax,
);

test(
  'lead-qualification: one run for each lead, and cold ones end early',
  async () => {
    const { stdout, stderr } = await play('lead-qualification');
    expect(stderr).toContain('had started run');
    expect(stderr).toContain('Quiet Harbour is a cold lead');
    expect(stderr).toContain('no definition has a trigger for lead.lost');
    const rows = stdout.trim().split('\n').slice(1);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/marketing_lead_generator .*"grade":"COLD"/);
    expect(rows[1]).toMatch(/marketing_lead_generator, finance_revenue_tracker .*"value":33600/);
  },
  demoMsMax,
);

test(
  'daily-operations: the schedule is run now, with its sub-workflows',
  async () => {
    const { stdout, stderr } = await play('daily-operations');
    expect(stderr).toContain('by schedule daily_operations');
    const rows = stdout.trim().split('\n').slice(1);
    expect(rows.filter((row) => /sub-workflow .*completed/.test(row))).toHaveLength(3);
    expect(
      rows.filter((row) => /daily_operations .*completed .*operations_workflow_orchestrator/.test(row)),
    ).toHaveLength(1);
    const written = await readdir(join(folder, '3ox-demo-daily-operations/0UT.3OX'));
    expect(written.filter((name) => name.startsWith('DAILY.REPORT.'))).toHaveLength(1);
  },
  demoMsMax,
);

test(
  'compliance-alerts: a critical finding holds the operation, a low one starts nothing',
  async () => {
    const { stdout, stderr } = await play('compliance-alerts');
    expect(stderr).toContain('event.data.severity = "LOW"');
    expect(stderr).toContain('CRITICAL → alert_officer, hold_operation');
    expect(stderr).toMatch(/CMD.BRIDGE says: approve[\s\S]*tell_others completed/);
    expect(stdout.trim().split('\n')).toHaveLength(2);
  },
  demoMsMax,
);

test.each([
  ['order-to-cash', /refund_customer completed[\s\S]*release_goods completed[\s\S]*release_credit completed/],
  ['invoice-approval', /CMD.BRIDGE says: approve[\s\S]*CMD.BRIDGE says: approve[\s\S]*DEPUTY.BRIDGE says/],
  ['release-train', /on_board.*api.*web.*docs[\s\S]*announce completed/],
  ['file-routing', /count_routed completed[\s\S]*look_at_rest/],
])(
  '%s, as a template that is shown, goes as its page says',
  async (name, said) => {
    expect((await play(name)).stderr).toMatch(said);
  },
  demoMsMax,
);

const told = ['revenue-milestone', 'lead-qualification', 'daily-operations', 'compliance-alerts'].concat([
  'order-to-cash',
  'invoice-approval',
  'release-train',
  'file-routing',
]);
test.each(demos.map(({ name }) => name).filter((name) => !told.includes(name)))(
  'the template %s is shown to its end',
  async (name) => {
    const { stdout } = await play(name);
    expect(stdout.trim().split('\n').length).toBeGreaterThan(1);
  },
  demoMsMax,
);

test(
  'Ctrl-C stops the engine and the server, and exits as interrupted',
  async () => {
    const demo = await startWorker(
      [process.execPath, builtCli, 'demo', 'lead-qualification', '--into', join(folder, 'left')],
      env,
    );
    onTestFinished(demo.stop);
    await expect.poll(demo.said, { timeout: 60_000, interval: 50 }).toContain('engine ready');
    demo.child.kill('SIGINT');
    expect(await demo.ended).toBe(130);
    expect(await cli('down', '--project', 'left')).toMatchObject({
      stdout: expect.stringContaining('no server of this project is running'),
    });
  },
  demoMsMax,
);
