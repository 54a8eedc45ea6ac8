// The page of goals: the tree from goals to KPIs, how far each is, and the way from a KPI to the runs that moved it.
import { expect, test } from 'vitest';
import { patience, withDashboard } from './dashboard.ts';

const sale = `workflow:
  id: sale
  version: 1
  stratos: tactical
  labels: { department: sales, serves: growth }
  input: { properties: { amount: { type: number } }, required: [amount] }
  output: { amount: "\${workflow.input.amount}" }
  tasks: [{ id: look, type: NOOP }]
`;
const enterprise = `
name: Sales
goals: { growth: { title: A thousand more, target: 1000, kpi: revenue, due: 2999-12-31, departments: sales } }
departments: { sales: { title: Sales, owner: ida } }
teams: { closers: { title: Closers, department: sales, agents: [ANN] } }
kpis:
  revenue: { title: Revenue, measure: sum, value: output.amount, team: closers, period: month, target: 500, unit: USD }
`;

test('the tree shows how far each goal is, and a KPI leads to the runs that moved it', async () => {
  const files = { 'enterprise.yaml': enterprise };
  await withDashboard({ definitions: { sale }, files }, async ({ page, open, start, shot }) => {
    await open('/goals');
    const row = (name: string) =>
      page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });
    await row('Sales').getByText('ida').waitFor();
    await row('Sales').getByRole('listitem').filter({ hasText: 'sale tactical' }).waitFor();
    await row('Closers').getByText('ANN').waitFor();
    expect(await page.getByRole('rowheader').allTextContents()).toEqual([
      ...['A thousand more', 'Sales', 'Closers', 'Revenue'],
    ]);

    const run = await start('sale', { amount: 250 });
    await start('sale', { amount: 100 });
    await row('A thousand more').getByText('35 %').waitFor();
    await row('Revenue').getByText('350 USD').waitFor();
    await row('Revenue').getByText('70 %').waitFor();
    await shot('goals');

    await row('Revenue').getByRole('link', { name: 'Revenue' }).click();
    await page.getByRole('heading', { level: 1, name: 'Revenue' }).waitFor();
    await page.getByText('2 of 2, the latest first').waitFor();
    await shot('goal');
    await page.getByRole('link', { name: run.slice(0, 13) }).click();
    await expect.poll(() => page.url(), patience).toContain(`/runs/${run}`);

    await open('/goals?q=closers');
    await row('Closers').waitFor();
    expect(await page.getByRole('rowheader').count()).toBe(3);
  });
});

test('a project without goals says how to have some', async () => {
  await withDashboard({ definitions: { sale } }, async ({ page, open }) => {
    await open('/goals');
    await page.getByText('There is no goal. A file enterprise.yaml says what is to be reached').waitFor();
    expect(await page.getByRole('navigation').getByRole('link', { name: 'Goals' }).count()).toBe(1);
  });
});
