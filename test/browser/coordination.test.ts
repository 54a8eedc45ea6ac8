// Who works, what starts by itself, and how to stop it: each page is used as a person would in need.
import { expect, test } from 'vitest';
import { type Dashboard, patience, withDashboard } from './dashboard.ts';
import { waiting } from './definitions.ts';

const nightly = `workflow:
  id: nightly
  name: Nightly
  version: 1
  description: Starts by itself, at night and when an order is paid.
  triggers:
    - id: at_night
      cron: "0 3 * * *"
      timezone: Europe/Zurich
    - id: paid
      on: order.paid
  tasks:
    - id: count
      type: TRANSFORM
      output: { text: counted }
`;
const careful = `workflow:
  id: careful
  name: Careful
  version: 1
  description: Has a desk look at it.
  tasks:
    - id: look
      assigned_to: desk
      timeout: 1h
`;
/** Where a program that works over HTTP asks. */
const work = '/work';
const agents = `agents:
  desk:
    description: looks at things
    department: finance
    level: L2
    skills: [reading]
`;

test('everything is terminated only once the count was typed, and the record says what became of each', async () => {
  await withDashboard({ definitions: { waiting } }, async ({ page, open, shot, start, api }) => {
    const runs = [await start('waiting'), await start('waiting')];
    await open('/emergency');
    await page.getByLabel('Terminate').check();
    await page.getByText('2 runs').first().waitFor();
    await page.getByLabel('Reason').fill('the plant is on fire');
    const stop = page.getByRole('button', { name: 'Terminate', exact: true });
    await page.getByLabel('Type how many runs these are: 2').fill('3');
    expect(await stop.isDisabled()).toBe(true);
    await page.getByLabel('Type how many runs these are: 2').fill('2');
    await shot('emergency-ready');
    await stop.click();
    await page.getByText('2 of 2 runs changed').waitFor();
    await page.getByText('reason: the plant is on fire').waitFor();
    for (const run of runs) await page.getByText(`${run}  done`).waitFor();
    await shot('emergency-record');
    for (const run of runs) expect(await statusOf(api, run)).toBe('TERMINATED');
  });
});

test('stopping one definition asks for its name, and leaves the others alone', async () => {
  const other = waiting.replace('id: waiting', 'id: other');
  await withDashboard({ definitions: { waiting, other } }, async ({ page, open, start, api }) => {
    const [stopped, left] = [await start('waiting'), await start('other')];
    await open('/emergency');
    await page.getByLabel('Scope').selectOption('definition');
    await page.getByLabel(/^Definition/).selectOption('waiting');
    await page.getByLabel('Pause').check();
    await page.getByLabel('Reason').fill('a bad batch');
    await page.getByLabel('Type the name of the definition: waiting').fill('waiting');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByText('1 of 1 run changed').waitFor();
    expect(await statusOf(api, stopped)).toBe('PAUSED');
    expect(await statusOf(api, left)).toBe('RUNNING');
  });
});

test('a trigger is paused with a reason and resumed, a schedule is run now, and an event is emitted', async () => {
  await withDashboard({ definitions: { nightly } }, async ({ page, open, shot, cli, api }) => {
    expect((await cli('definitions', 'publish', 'definitions/nightly.yaml')).code).toBe(0);
    await expect.poll(() => countOf(api, '/triggers'), patience).toBe(2);
    await open('/triggers');
    const paid = page.getByRole('row').filter({ hasText: 'order.paid' });
    await paid.getByRole('button', { name: 'Pause ...' }).click();
    await page.getByLabel('Reason (optional)').fill('too many orders');
    await page.getByRole('dialog').getByRole('button', { name: 'Pause', exact: true }).click();
    await paid.getByText('too many orders').waitFor();
    await shot('triggers-paused');
    await paid.getByRole('button', { name: 'Resume' }).click();
    await paid.getByText('on', { exact: true }).waitFor();

    await page
      .getByRole('row')
      .filter({ hasText: 'at_night' })
      .getByRole('button', { name: 'Run now' })
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Run now', exact: true }).click();
    await expect.poll(() => countOf(api, '/runs?where=definition%3Dnightly'), patience).toBe(1);

    const schedule = page.getByRole('row').filter({ hasText: 'at_night' });
    await schedule.getByRole('button', { name: 'Backfill ...' }).click();
    await page.getByLabel('From').fill('2026-01-01T00:00');
    await page.getByLabel('To (now when left out)').fill('2026-01-02T00:00');
    await page.getByText('1 time: 1 run is started.').waitFor();
    await shot('triggers-backfill');
    await page.getByRole('dialog').getByRole('button', { name: 'Go back' }).click();

    await open('/events');
    await page.getByRole('button', { name: 'Emit an event' }).click();
    await page.getByLabel('Type').fill('order.paid');
    await page.getByLabel('Data, as JSON').fill('{ "order": 7 }');
    await page.getByRole('dialog').getByRole('button', { name: 'Emit', exact: true }).click();
    await page.getByText('taken').first().waitFor();
    await shot('events-taken');
    await expect.poll(() => countOf(api, '/runs?where=definition%3Dnightly'), patience).toBe(2);
  });
});

test('an agent that nobody works as is shouted about, drained with a reason, and resumed', async () => {
  const files = { 'agents.yaml': agents };
  await withDashboard({ definitions: { careful }, files }, async ({ page, open, shot, start }) => {
    await start('careful');
    await open('/agents');
    await page.getByText('Nobody works as desk: 1 task waits for it.').waitFor();
    const desk = page.getByRole('row').filter({ hasText: 'looks at things' });
    await desk.getByText('gone').waitFor();
    await desk.getByRole('button', { name: 'Drain ...' }).click();
    await page.getByLabel('Reason (optional)').fill('on holiday');
    await page.getByRole('dialog').getByRole('button', { name: 'Drain', exact: true }).click();
    await desk.getByText('on holiday').waitFor();
    await shot('agents-draining');
    await desk.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(() => desk.getByText('on holiday').count(), patience).toBe(0);
  });
});

test('a task is given to another agent while it waits, and taken away from one that has begun it', async () => {
  const files = { 'agents.yaml': `${agents}  clerk: { description: does the rest }\n` };
  await withDashboard({ definitions: { careful }, files }, async ({ page, open, shot, start, api }) => {
    const run = await start('careful');
    await open('/agents');
    const desk = page.getByRole('row').filter({ hasText: 'looks at things' });
    const clerk = page.getByRole('row').filter({ hasText: 'does the rest' });
    await desk.getByText('waits:').waitFor();
    await desk.getByRole('button', { name: 'Assign to ...' }).focus();
    await page.keyboard.press('Enter');
    await page
      .getByRole('dialog')
      .getByLabel(/^Agent/)
      .selectOption('clerk');
    await page.getByLabel('Reason (optional)').fill('the desk is away');
    await shot('agents-assign');
    await page.getByRole('dialog').getByRole('button', { name: 'Assign to clerk' }).click();
    await clerk.getByText('waits:').waitFor();
    expect(await desk.getByText('waits:').count()).toBe(0);

    const claim = async (agent: string) => {
      const { json } = await api(`${work}/claim`, { agent, worker: `of ${agent}` });
      return (json as { readonly claim: string }).claim;
    };
    const taken = await claim('clerk');
    await clerk.getByRole('button', { name: 'Assign to ...' }).and(page.locator('.danger')).click();
    await page.getByText('clerk has begun it').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Assign to desk' }).click();
    await desk.getByText('waits:').waitFor();
    expect((await api(`${work}/complete`, { claim: taken, output: {} })).status).toBe(409);
    const claimed = await claim('desk');
    expect((await api(`${work}/complete`, { claim: claimed, output: {} })).status).toBe(200);
    await expect.poll(() => statusOf(api, run), patience).toBe('COMPLETED');
  });
});

test('an agent is moved to another team with a reason, which its department follows, and back', async () => {
  const enterprise = `departments: { finance: {}, sales: {} }
teams:
  analysts: { department: finance, agents: [desk] }
  lead_desk: { department: sales, skills: [selling] }
`;
  const files = { 'agents.yaml': agents, 'enterprise.yaml': enterprise };
  await withDashboard({ definitions: { careful }, files }, async ({ page, open, shot, api }) => {
    const members = async () => {
      const { items } = (await api('/goals')).json as {
        readonly items: readonly { readonly name: string; readonly agents?: readonly string[] }[];
      };
      return items.flatMap(({ name, agents: own = [] }) => (own.includes('desk') ? [name] : []));
    };
    expect(await members()).toEqual(['finance', 'analysts']);
    await open('/agents');
    const desk = page.getByRole('row').filter({ hasText: 'looks at things' });
    await desk.getByText('finance · looks at things').waitFor();
    await desk.getByRole('button', { name: 'Move to team ...' }).click();
    await page.getByRole('dialog').getByLabel(/^Team/).selectOption('lead_desk');
    await page.getByLabel('Reason (optional)').fill('month end');
    await shot('agents-move');
    await page.getByRole('dialog').getByRole('button', { name: 'Move to lead_desk' }).click();
    await desk.getByText(/^team lead_desk, moved by ana.*month end$/).waitFor();
    await desk.getByText('sales · looks at things').waitFor();
    expect(await members()).toEqual(['sales', 'lead_desk']);
    await desk.getByRole('button', { name: 'Move to team ...' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Move to where agents.yaml says' }).click();
    await desk.getByText('finance · looks at things').waitFor();
    await expect.poll(members, patience).toEqual(['finance', 'analysts']);
  });
});

test('what an agent did in the last day is counted, and its page tells each attempt with its run', async () => {
  const files = { 'agents.yaml': agents };
  await withDashboard({ definitions: { careful }, files }, async ({ page, open, shot, start, api }) => {
    const run = await start('careful');
    const { json } = await api(`${work}/claim`, { agent: 'desk', worker: 'ben' });
    const { claim } = json as { readonly claim: string };
    expect((await api(`${work}/complete`, { claim, output: { seen: true } })).status).toBe(200);
    await expect
      .poll(async () => (await api('/agent-work')).json, patience)
      .toMatchObject({ items: [{ agent: 'desk', lastDay: { completed: 1, failed: 0 }, latest: { run } }] });
    await open('/agents');
    const desk = page.getByRole('row').filter({ hasText: 'looks at things' });
    await desk.getByText('1 done').waitFor();
    await desk.getByText('last look').waitFor();
    await shot('agents-worked');
    await desk.getByRole('link', { name: 'desk', exact: true }).click();
    await page.getByText('1 done, 0 failed').waitFor();
    const attempt = page
      .getByRole('region', { name: 'What it did' })
      .getByRole('row')
      .filter({ hasText: 'look' });
    await attempt.getByText('completed').waitFor();
    await attempt.getByText('ben').waitFor();
    await shot('agent');
    await attempt.getByRole('link', { name: 'look' }).click();
    await page.waitForURL(new RegExp(`/runs/${run}\\?task=look`));
  });
});

test('a box of the map keeps what it touches, says who else would be, and so does the table', async () => {
  const parent = `workflow:
  id: parent
  version: 1
  tasks:
    - id: call
      type: SUB_WORKFLOW
      workflow: waiting
`;
  const definitions = { waiting, nightly, parent };
  await withDashboard({ definitions }, async ({ page, open, shot, start }) => {
    await start('waiting');
    await open('/map');
    const picture = page.getByRole('region', { name: 'Map', exact: true });
    await picture.getByRole('button', { name: /^waiting/ }).click();
    await page.getByText('If waiting stopped, one definition would be touched: parent').waitFor();
    await page.getByRole('cell', { name: 'parent calls waiting' }).waitFor();
    expect(await page.getByRole('cell', { name: /nightly/ }).count()).toBe(0);
    await shot('map-chosen');
    await page.getByRole('button', { name: 'Show all' }).click();
    await page
      .getByRole('rowheader', { name: /nightly/ })
      .first()
      .waitFor();
  });
});

async function statusOf(api: Dashboard['api'], run: string): Promise<unknown> {
  const { json } = await api(`/runs/${run}`);

  return (json as { readonly status: string }).status;
}

async function countOf(api: Dashboard['api'], path: string): Promise<number> {
  const { json } = await api(path);

  return (json as { readonly items: readonly unknown[] }).items.length;
}
