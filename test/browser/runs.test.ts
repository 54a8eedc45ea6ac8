// The list of runs: what is in it changes under the eyes of whoever reads it, and much may be changed at once.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { patience, withDashboard } from './dashboard.ts';
import { greeting, needsFile, waiting } from './definitions.ts';

const MANY = 1_000;
test('failed runs are found by their status, looked at before they are changed, and retried together', async () => {
  await withDashboard({ definitions: { greeting, 'needs-file': needsFile } }, async (dashboard) => {
    const { page, open, shot, start, project, api } = dashboard;
    for (let made = 0; made < 4; made++) await start('needs-file');
    await start('greeting', { name: 'Ada' });
    await expect
      .poll(async () => (await api('/runs?status=FAILED')).json, patience)
      .toMatchObject({ total: 4 });

    await open('/runs');
    await page.getByRole('button', { name: 'failed 4' }).click();
    expect(new URL(page.url()).searchParams.get('status')).toBe('FAILED');
    await page.getByText('4 of 5').waitFor();
    await writeFile(join(project, 'ready'), '');
    await page.getByLabel('Select all rows that are shown').check();
    await page.getByText('4 selected').waitFor();
    await shot('runs-selected');
    await page.getByRole('button', { name: 'Retry ...' }).click();
    await page.getByText('4 runs will be asked').waitFor();
    await shot('bulk-dialog');
    const confirm = page.getByRole('button', { name: 'Retry 4 runs' });
    expect(await confirm.isDisabled()).toBe(true);
    await page.getByLabel('Reason').fill('the file is there now');
    await confirm.click();
    await page.getByText('4 of 4 runs changed').waitFor();
    await page.getByRole('button', { name: 'Close', exact: true }).last().click();
    await page.getByRole('button', { name: 'completed 4' }).waitFor();
    await page.getByLabel('Runs in order').getByText('completed').nth(3).waitFor();
  });
});

test('a run that comes while the list is read is announced, and moves nothing until it is asked for', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, open, start }) => {
    await start('greeting', { name: 'first' });
    await open('/runs?sort=started');
    const rows = page.getByRole('region', { name: 'Runs in order' }).getByRole('listitem');
    await rows.first().waitFor();
    await start('greeting', { name: 'second' });
    await page.getByRole('button', { name: '1 new, show' }).waitFor();
    expect(await rows.count()).toBe(1);
    await page.getByRole('button', { name: '1 new, show' }).click();
    await expect.poll(() => rows.count(), patience).toBe(2);
  });
});

test('a thousand live runs are on the home page and in the list, of which few rows are in the page', async () => {
  await withDashboard({ definitions: { waiting } }, async ({ page, open, shot, start, theme }) => {
    for (let made = 0; made < MANY; made += 50)
      await Promise.all(Array.from({ length: 50 }, () => start('waiting')));
    await open('/');
    await page.getByRole('link', { name: `${MANY} to approve` }).waitFor();
    await page.getByRole('link', { name: `waiting ${MANY}` }).waitFor();
    await shot('home-1000-light');
    await theme('dark');
    await page.getByRole('link', { name: `${MANY} to approve` }).waitFor();
    await shot('home-1000-dark');
    await open('/runs');
    await page.getByText(`${MANY} of ${MANY}`).waitFor();
    const list = page.getByRole('region', { name: 'Runs in order' });
    await list.press('End');
    expect(await page.locator('.run-row').count()).toBeLessThan(100);
    await shot('runs-1000-dark');
  });
});
