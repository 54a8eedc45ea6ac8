// A template is installed in the dashboard: what it may do stands there before, and the project has it afterwards.
// Galleries come from the command line alone. Method: a gallery over a real server of files, and a real browser.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publishedGallery, staticServer } from '../gallery/gallery-world.ts';
import { patience, withDashboard } from './dashboard.ts';

test('a template of a gallery is looked at and installed, and can be started', async () => {
  const { folder } = await publishedGallery();
  const url = await staticServer(folder);
  await withDashboard({ definitions: {} }, async ({ page, open, cli, project, shot, api }) => {
    expect((await cli('gallery', 'add', url)).code).toBe(0);
    await open('/templates?q=greet');
    await page.getByRole('button', { name: 'Install Greet somebody ...' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Needs no permissions').waitFor();
    await shot('gallery-permissions');
    expect(existsSync(join(project, 'definitions/gallery/greeting'))).toBe(false);
    await dialog.getByRole('button', { name: 'Install', exact: true }).click();
    await dialog.getByText('greeting@1 is in definitions/gallery/greeting').waitFor();
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
    await page.getByText('Installed').waitFor();
    await shot('gallery-installed');
    expect(existsSync(join(project, 'definitions/gallery/greeting/greeting.yaml'))).toBe(true);
    await expect
      .poll(async () => JSON.stringify((await api('/definitions')).json), patience)
      .toContain('"id":"greeting"');
  });
});

test('what a template may do is listed before there is anything to agree to', async () => {
  await withDashboard({ definitions: {} }, async ({ page, open, shot }) => {
    await open('/templates?q=data-migration');
    await page.getByRole('button', { name: /^Install Data migration/i }).click();
    await page
      .getByRole('dialog')
      .getByText(/files\.copy \{/)
      .waitFor();
    await shot('gallery-files');
    await page.getByRole('button', { name: 'Do not install' }).click();
    await expect.poll(() => page.getByRole('dialog').count(), patience).toBe(0);
  });
});
