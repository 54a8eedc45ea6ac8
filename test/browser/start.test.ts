// What a person does first: fill in the form, watch the run, answer it. Every wait is for something on the screen.
import { expect, test } from 'vitest';
import { patience, withDashboard } from './dashboard.ts';
import { greeting } from './definitions.ts';

test('a run is started from its form, approved in the inbox, and seen to complete, live', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, open, shot, url }) => {
    await open('/start/greeting');
    await page.getByRole('button', { name: 'Start the run' }).click();
    await page.getByText('name is needed').waitFor();
    await page.getByLabel('name (required)').fill('Ada');
    await shot('start-form');
    expect(new URL(page.url()).searchParams.get('input')).toBe('{"name":"Ada"}');
    await page.getByRole('button', { name: 'Start the run' }).click();
    await page.waitForURL(/\/runs\/[0-9a-z]{26}$/);
    const run = page.url().split('/').at(-1) ?? '';
    await page.getByText('needs approval').first().waitFor();

    const other = await page.context().newPage();
    await other.goto(`${url}/approvals`);
    await other.getByRole('link', { name: 'Agree to the greeting' }).click();
    await other.getByText('"hello Ada"').waitFor();
    await shot('approval', other);
    await other.getByRole('button', { name: 'Approve' }).click();
    await other.getByText('Nothing is waiting for an answer').waitFor();

    await page.getByText('completed').first().waitFor();
    // A task may have completed before the run has.
    await expect.poll(() => page.title(), patience).toContain('completed');
    await open(`/runs?q=${run}`);
    await page.getByRole('link', { name: run.slice(0, 13) }).waitFor();
    await shot('runs-one');
  });
});

test('what is typed is checked as it is, kept under a name, and shown as a command', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, open, shot }) => {
    await open('/start/greeting');
    await page.getByLabel('times').fill('12');
    await page.getByText('times has to be 9 at most').waitFor();
    expect(await page.getByText('name is needed').count()).toBe(0);
    await page.getByLabel('times').fill('3');
    await expect.poll(() => page.getByText('times has to be 9 at most').count(), patience).toBe(0);
    await page.getByLabel('name (required)').fill('Ada');
    await page.getByLabel('Save these inputs as').fill('Monday');
    await page.getByRole('button', { name: 'Keep', exact: true }).click();
    await page.getByRole('button', { name: 'Use Monday' }).waitFor();

    await open('/start/greeting');
    await page.getByRole('button', { name: 'Use Monday' }).click();
    await expect.poll(() => page.getByLabel('name (required)').inputValue(), patience).toBe('Ada');
    await page.getByText('Do the same from the command line or the API').click();
    await page.getByText('workflow start greeting@1 --times 3 --mood calm --name Ada').waitFor();
    await shot('start-preset');
    await page.getByRole('button', { name: 'Forget Monday' }).click();
    await expect.poll(() => page.getByRole('button', { name: 'Use Monday' }).count(), patience).toBe(0);
  });
});

test('what two tabs keep under names is all kept', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, open, url }) => {
    await open('/start/greeting');
    await page.getByLabel('Save these inputs as').waitFor();
    const other = await page.context().newPage();
    await other.goto(`${url}/start/greeting`);
    await other.getByLabel('Save these inputs as').waitFor();
    for (const [tab, name] of [
      [page, 'Monday'],
      [other, 'Tuesday'],
    ] as const) {
      await tab.getByLabel('Save these inputs as').fill(name);
      await tab.getByRole('button', { name: 'Keep', exact: true }).click();
      await tab.getByRole('button', { name: `Use ${name}` }).waitFor();
    }
    await open('/start/greeting');
    await page.getByRole('button', { name: 'Use Tuesday' }).waitFor();
    await page.getByRole('button', { name: 'Use Monday' }).waitFor();
  });
});
