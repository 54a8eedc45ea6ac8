// What failed is mended by hand: from its task on, with another input, in the same run; or in a new one, from an event.
import { expect, test } from 'vitest';
import { withDashboard } from './dashboard.ts';
import { reading } from './run-definitions.ts';

const options = { definitions: { reading }, files: { 'there.txt': 'hello' } };

test('a failed run is carried out again from a task with an edited input', async () => {
  await withDashboard(options, async ({ page, open, start, api, shot }) => {
    const run = await start('reading', { file: 'missing.txt', key: 'opensesame' });
    await open(`/runs/${run}`);
    await page.locator('.run-status', { hasText: 'failed' }).waitFor();
    await page.keyboard.press('.');
    await page.getByRole('button', { name: 'Rerun …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('From task').selectOption('read');
    await dialog.getByText('2 tasks run again').waitFor();
    await dialog.getByText('Edit the inputs').click();
    const inputs = dialog.getByLabel('Values as JSON');
    const shown = await inputs.inputValue();
    expect(shown).not.toContain('opensesame');
    await inputs.fill(shown.replace('missing.txt', 'there.txt'));
    await dialog.getByLabel('Reason (optional)').fill('wrong file');
    await shot('run-rerun');
    await dialog.getByRole('button', { name: 'Rerun' }).click();
    await page.locator('.run-status', { hasText: 'completed' }).waitFor();
    await page.keyboard.press('3');
    await page
      .getByRole('button', { name: /run\.reset|run\.rerun|rerun/ })
      .first()
      .waitFor();
    const { json } = await api(`/runs/${run}`);
    expect(json).toMatchObject({ status: 'COMPLETED', output: { text: 'hello' } });
    await shot('run-rerun-events');
  });
});

test('somebody else was faster: the refusal is shown in the dialog that asked', async () => {
  await withDashboard({ ...options, allows: /status of 409/ }, async ({ page, open, start, cli }) => {
    const run = await start('reading', { file: 'missing.txt' });
    await open(`/runs/${run}`);
    await page.getByRole('button', { name: 'Retry …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('run again').waitFor();
    await cli('rerun', run, '--from', 'read', '-i', 'file=there.txt', '--wait');
    await dialog.getByRole('button', { name: 'Retry' }).click();
    await dialog.getByRole('alert').waitFor();
    expect(await dialog.getByRole('alert').textContent()).toMatch(/run/);
  });
});

test('a fork from an event of the past is a new run, to which the page goes', async () => {
  await withDashboard(options, async ({ page, open, start, api }) => {
    const run = await start('reading', { file: 'missing.txt' });
    await open(`/runs/${run}`);
    await page.locator('.run-status', { hasText: 'failed' }).waitFor();
    await page.keyboard.press('[');
    await page.getByText('Viewing the past:').waitFor();
    await page.keyboard.press('.');
    await page.getByRole('button', { name: 'Fork …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The new run begins after event').waitFor();
    await dialog.getByText('Edit the inputs').click();
    const inputs = dialog.getByLabel('Values as JSON');
    await inputs.fill((await inputs.inputValue()).replace('missing.txt', 'there.txt'));
    await dialog.getByRole('button', { name: 'Fork' }).click();
    await page.waitForURL((url) => url.pathname.startsWith('/runs/') && !url.pathname.endsWith(run));
    await page.locator('.run-status').first().waitFor();
    const { json } = await api(`/runs/${run}`);
    expect(json).toMatchObject({ status: 'FAILED' });
  });
});
