// A person without a mouse: every press is a key, and what has the focus is read as a screen reader would.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { withDashboard } from './dashboard.ts';
import { greeting } from './definitions.ts';

const PRESSES_MAX = 80;

test('a run is started, approved and resumed with the keyboard alone', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, open, api, shot }) => {
    const { keyboard } = page;
    await open('/');
    await page.getByRole('heading', { name: 'Now' }).waitFor();
    await keyboard.press('Control+k');
    await keyboard.type('start greet');
    await page.getByRole('option', { name: 'greeting start' }).waitFor();
    await shot('palette');
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Start greeting' }).waitFor();
    await tabTo(page, /^name/);
    await keyboard.type('Grace');
    await keyboard.press('Enter');
    await page.waitForURL(/\/runs\/[0-9a-z]{26}/);
    const run = /[0-9a-z]{26}/.exec(page.url())?.[0] ?? '';
    await page.getByText('needs approval').first().waitFor();

    expect((await api(`/runs/${run}/commands`, { kind: 'pauseRun', reason: 'lunch' })).status).toBe(200);
    await page.locator('.run-status', { hasText: 'paused' }).waitFor();
    for (const name of [/^Actions/, /^Resume/]) {
      await tabTo(page, name);
      await keyboard.press('Enter');
    }
    await page.getByRole('dialog').waitFor();
    await tabTo(page, /^Resume/);
    await keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.locator('.run-status', { hasText: 'needs approval' }).waitFor();

    await keyboard.press('g');
    await keyboard.press('a');
    await page.getByRole('heading', { name: 'Approvals' }).waitFor();
    await page.getByRole('link', { name: 'Agree to the greeting' }).waitFor();
    await keyboard.press('j');
    await page.getByText('"hello Grace"').waitFor();
    await tabTo(page, /^Approve/);
    await keyboard.press('Enter');
    await page.getByText('Nothing is waiting for an answer').waitFor();
    await keyboard.press('g');
    await keyboard.press('r');
    // The numbers of each status come apart from the rows, which the keys move along.
    await page.getByLabel('Runs in order').getByText('completed').waitFor();
    await keyboard.press('j');
    await keyboard.press('Enter');
    await page.waitForURL(new RegExp(`/runs/${run}`));
  });
});

test('the keys of a page are listed, and typing into a field presses none', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, open, start, shot }) => {
    const { keyboard } = page;
    const run = await start('greeting', { name: 'Ada' });
    await open('/runs');
    await page.getByRole('link', { name: run.slice(0, 13) }).waitFor();
    await keyboard.press('?');
    const sheet = page.getByRole('dialog', { name: 'Keys' });
    await sheet.getByText('select the row').waitFor();
    await shot('keys');
    await keyboard.press('Escape');
    await sheet.waitFor({ state: 'hidden' });
    await keyboard.press('j');
    await keyboard.press('x');
    await page.getByText('1 selected').waitFor();
    await keyboard.press('.');
    expect(await focused(page)).toContain('Retry');
    await keyboard.press('/');
    await keyboard.type('gr?jx');
    expect(await page.getByRole('searchbox').first().inputValue()).toBe('gr?jx');
    await page.getByText('Nothing matches this filter').waitFor();
  });
});

async function tabTo(page: Page, wanted: RegExp): Promise<void> {
  const seen: string[] = [];
  for (let presses = 0; presses < PRESSES_MAX; presses++) {
    await page.keyboard.press('Tab');
    const name = await focused(page);
    if (wanted.test(name)) return;
    seen.push(name);
  }
  expect.fail(`no ${wanted} among ${seen.join(' | ')}`);
}

/** What the element with the focus is called. */
function focused(page: Page): Promise<string> {
  return page.evaluate<string>(`{
    const { activeElement: element } = document;
    const labels = [...(element?.labels ?? [])].map(({ textContent }) => textContent);
    element?.getAttribute('aria-label') || labels.join(' ') || element?.textContent || '';
  }`);
}
