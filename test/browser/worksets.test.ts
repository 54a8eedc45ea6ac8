// The page of worksets: the list, one workset with the state of each item as it goes on, paused and resumed as one.
import { expect, test } from 'vitest';
import { patience, withDashboard } from './dashboard.ts';

const asks = `workflow:
  id: asks
  version: 1
  tasks:
    - { id: look, type: NOOP }
    - { id: sign, type: HUMAN, depends_on: look, approvers: { names: [ana] } }
`;
const breaks = `workflow:
  id: breaks
  version: 1
  tasks: [{ id: stop, type: TERMINATE, status: FAILED, error_code: stock.lost, reason: the stock is not there }]
`;
const close = `workset:
  id: close
  goal: Close the month
  owner: CMD.BRIDGE
  items:
    - { id: books, workflow: asks }
    - { id: stock, workflow: breaks, on_failure: continue }
    - { id: value, workflow: asks, depends_on: stock }
`;

test('a workset is listed, watched item by item, paused and resumed', async () => {
  const definitions = { asks, breaks, 'close.workset': close };
  await withDashboard({ definitions }, async ({ page, open, shot, start, api }) => {
    await open('/worksets');
    const row = page.getByRole('row').filter({ hasText: 'close' });
    await row.getByText('not started').waitFor();
    await row.getByText('Close the month').waitFor();
    await shot('worksets');

    await start('close');
    await row.getByText('2/3').waitFor();
    await row.getByRole('link', { name: 'close' }).click();
    const item = (name: string) =>
      page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) });
    await item('books').getByText('needs approval').waitFor();
    await item('books').getByText('1/2').waitFor();
    await item('stock').getByText('failed', { exact: true }).waitFor();
    await item('stock').getByText('the stock is not there').waitFor();
    await item('value').getByText('skipped').waitFor();
    await page.getByText('0 completed, 1 failed, 1 skipped').waitFor();
    await shot('workset');

    await page.getByRole('button', { name: 'Pause ...' }).click();
    await page.getByLabel('Reason (optional)').fill('the books are locked');
    await page.getByRole('dialog').getByRole('button', { name: 'Pause', exact: true }).click();
    await item('books').getByText('paused').waitFor();
    await shot('workset-paused');
    await page.getByRole('button', { name: 'Resume' }).click();
    await item('books').getByText('needs approval').waitFor();

    const { json } = await api('/worksets/close');
    const [{ run }] = (json as { approvals: readonly [{ run: string }] }).approvals;
    await api(`/runs/${run}/commands`, { kind: 'approve', task: 'sign' });
    await item('books').getByText('completed').waitFor();
    await page.getByText('partial', { exact: true }).waitFor();
    await expect
      .poll(async () => ((await api('/worksets')).json as { total: number }).total, patience)
      .toBe(1);
  });
});
