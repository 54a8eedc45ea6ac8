// What is on the screen can be seen: in the grid of runs and their tasks with the keyboard alone, and on a screen as
// narrow as a telephone, or as a window that shows everything four times as large.
import { expect, test } from 'vitest';
import { patience, withDashboard } from './dashboard.ts';
import { greeting, needsFile } from './definitions.ts';

test('the grid shows how each task of the latest runs is, and arrow keys lead through it', async () => {
  const definitions = { greeting, 'needs-file': needsFile };
  await withDashboard({ definitions, allows: /503/ }, async ({ page, open, start, api, shot }) => {
    const waits = await start('greeting', { name: 'Ada' });
    await start('needs-file');
    await expect
      .poll(async () => (await api('/runs?status=FAILED')).json, patience)
      .toMatchObject({ total: 1 });
    await expect
      .poll(async () => (await api('/approvals')).json, patience)
      .toMatchObject({ items: [{ run: waits }] });

    await open('/runs');
    const list = page.getByLabel('Runs in order');
    await list.getByText('Ada').waitFor();
    // What could not be read is said, and asked for again.
    let fails = true;
    await page.route('**/run-details?*', (route) =>
      fails ? route.fulfill({ status: 503, body: 'not now' }) : route.continue(),
    );
    await open('/runs?view=grid');
    await page.getByRole('button', { name: 'greeting', exact: true }).click();
    const again = page.getByRole('button', { name: 'Try again' });
    await again.waitFor();
    fails = false;
    await again.click();
    await page.getByRole('link', { name: /^needs approval, agree, run/ }).waitFor();
    await page.getByRole('link', { name: /^not reached, send, run/ }).waitFor();
    await shot('runs-grid');
    await page.getByRole('link', { name: /^completed, write, run/ }).focus();
    await page.keyboard.press('ArrowDown');
    await expect
      .poll(() => page.evaluate<string>(`document.activeElement.getAttribute('aria-label')`), patience)
      .toMatch(/^needs approval, agree, run/);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/runs/${waits}?task=agree`);
  });
});

test('no page is wider than a narrow screen', async () => {
  const viewport = { width: 320, height: 700 };
  await withDashboard(
    { definitions: { greeting, 'needs-file': needsFile }, viewport },
    async ({ page, open, start, api }) => {
      const run = await start('needs-file');
      await expect
        .poll(async () => (await api('/runs?status=FAILED')).json, patience)
        .toMatchObject({ total: 1 });
      const pages = ['agents', 'triggers', 'definitions', 'failures', 'history', 'map', 'approvals'];
      const paths = ['/', '/runs', '/runs?where=definition%3Dneeds-file', `/runs/${run}`];
      const wide: string[] = [];
      for (const path of [...paths, ...pages.map((name) => `/${name}`)]) {
        await open(path);
        await page.locator('main h1, main h2').first().waitFor();
        await expect.poll(() => page.getByText('Loading ...').count(), patience).toBe(0);
        const over = await page.evaluate<number>(`document.documentElement.scrollWidth - innerWidth`);
        if (over > 0) wide.push(`${path}: ${over} px`);
      }
      expect(wide).toEqual([]);
    },
  );
});
