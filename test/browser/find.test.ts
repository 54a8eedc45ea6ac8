// Anything is found from anywhere by what people call it: runs, agents, what waits for an answer, and what can be done.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { patience, withDashboard } from './dashboard.ts';

const packing = `workflow:
  id: packing
  version: 1
  key: \${workflow.input.order}
  labels: { team: sales }
  input: { required: [order] }
  tasks: [{ id: pack, assigned_to: WAREHOUSE, timeout: 1h }]
`;
const paying = `workflow:
  id: paying
  version: 1
  tasks:
    - {id: end, type: TERMINATE, status: FAILED, reason: the card was declined}
`;
const asking = `workflow:
  id: asking
  version: 1
  tasks: [{ id: agree, name: Agree to the price, type: HUMAN, approvers: { names: [ana] } }]
`;

/** What Ctrl-K offers for a text. */
async function find(page: Page, text: string) {
  await page.keyboard.press('Control+k');
  const dialog = page.getByRole('dialog', { name: 'Go to' });
  await dialog.waitFor();
  await page.keyboard.type(text);

  return dialog;
}

test('Ctrl-K finds runs by key, label, agent, error and terms, and says how each is', async () => {
  await withDashboard({ definitions: { packing, paying } }, async ({ page, open, start, api }) => {
    const [packed, failed] = [await start('packing', { order: 'A-7' }), await start('paying')];
    await expect
      .poll(async () => (await api('/runs?status=FAILED')).json, patience)
      .toMatchObject({ total: 1 });
    await open('/triggers');
    await page.getByRole('heading', { name: 'Triggers' }).first().waitFor();
    const dialog = await find(page, '');
    const field = dialog.getByRole('combobox');
    const [run, other] = [packed.slice(0, 13), failed.slice(0, 13)];
    for (const [text, name] of [
      ['a-7', `A-7 ${run}`],
      ['sales', 'team=sales'],
      ['declined', `${other} paying · failed`],
      ['key=A-7', `A-7 ${run}`],
      ['agent=WAREHOUSE', `A-7 ${run}`],
      ['label.team=sales', `A-7 ${run}`],
    ] as const) {
      await field.fill(text);
      await dialog.getByRole('option').filter({ hasText: name }).waitFor();
      await field.fill('nothing has this');
      await expect.poll(() => dialog.getByRole('option').count(), patience).toBe(0);
    }
    await field.fill('key=A-7');
    await dialog.getByRole('option').filter({ hasText: run }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/runs/${packed}`);
  });
});

test('Ctrl-K leads to the runs of an agent, and to what waits for an answer', async () => {
  await withDashboard({ definitions: { packing, asking } }, async ({ page, open, start }) => {
    await start('packing', { order: 'A-7' });
    const run = await start('asking');
    await open('/');
    await page.getByRole('heading', { name: 'Now' }).waitFor();
    const people = await find(page, 'runs with agent ware');
    await people.getByRole('option', { name: 'WAREHOUSE runs with agent' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/runs?where=agent*WAREHOUSE');
    await page.getByLabel('Runs in order').getByRole('link', { name: 'A-7' }).waitFor();

    const answers = await find(page, 'approve agree');
    await answers.getByRole('option', { name: /^Agree to the price of asking/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/approvals/${run}/agree`);
  });
});

test('where a page has no filter, / finds', async () => {
  await withDashboard({ definitions: { packing } }, async ({ page, open }) => {
    await open('/');
    await page.getByRole('heading', { name: 'Now' }).waitFor();
    await page.keyboard.press('/');
    await page.getByRole('dialog', { name: 'Go to' }).waitFor();
    await page.keyboard.type('start pack');
    await page.getByRole('option', { name: 'packing start' }).waitFor();
    expect(await page.getByRole('combobox').inputValue()).toBe('start pack');
  });
});
