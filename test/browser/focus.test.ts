// Keys and the focus: one press does one thing, and whoever closes something is back where it was opened. Method: a
// page that went back too far is found by going on from it, so that nothing has to be seen not to happen.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { patience, withDashboard } from './dashboard.ts';
import { greeting } from './definitions.ts';

test('Escape closes what is open and goes back only where nothing is, and Enter presses one thing', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, open, start }) => {
    const { keyboard } = page;
    await start('greeting', { name: 'Ada' });
    await open('/agents');
    await page.getByRole('heading', { name: 'Agents', level: 1 }).waitFor();
    await goTo(page, 'r', 'Runs');

    await keyboard.press('?');
    const sheet = page.getByRole('dialog', { name: 'Keys' });
    // Beside everything that takes the focus.
    await sheet.getByText('select the row').click();
    await keyboard.press('Escape');
    await sheet.waitFor({ state: 'hidden' });
    await goTo(page, 'h', 'Now');
    await keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();

    const columns = page.locator('details.menu', { hasText: 'Columns' });
    await columns.locator('summary').click();
    await columns.getByRole('checkbox').first().focus();
    await keyboard.press('Escape');
    await columns.getByRole('checkbox').first().waitFor({ state: 'hidden' });
    expect(await focused(page)).toBe('Columns');
    await goTo(page, 'h', 'Now');
    await keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();

    await page.getByRole('button', { name: 'Grid' }).focus();
    await keyboard.press('Control+k');
    await keyboard.type('runs');
    await page.getByRole('option', { name: 'Runs page' }).waitFor();
    await keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Go to' }).waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Grid' }).waitFor();
    expect(new URL(page.url()).searchParams.get('view')).toBeNull();
  });
});

test('a dialog that a menu opened closes by itself, and the focus goes back to the menu', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, open, start }) => {
    const { keyboard } = page;
    const run = await start('greeting', { name: 'Ada' });
    await open(`/runs/${run}`);
    await page.locator('.run-status', { hasText: 'needs approval' }).waitFor();
    await keyboard.press('.');
    const pause = page.getByRole('button', { name: 'Pause …' });
    await pause.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason (optional)').fill('lunch');
    await keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await expect.poll(() => focused(page), patience).toBe('Pause …');

    await keyboard.press('Enter');
    // In one task of the page: nothing that is said of the closing comes between.
    await dialog.getByRole('button', { name: 'Pause' }).waitFor();
    await page.evaluate(`
      document.querySelector('dialog[open] [aria-label=Close]').click();
      [...document.querySelectorAll('button')].find((each) => each.textContent === 'Pause …').click();
    `);
    await dialog.getByRole('button', { name: 'Pause' }).click();
    await page.locator('.run-status', { hasText: 'paused' }).waitFor();
    await expect.poll(() => focused(page), patience).toBe('Actions ▾');
  });
});

test('what was typed a moment before the page was left is in the draft', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, open }) => {
    await open('/definitions/greeting/edit');
    await page.locator('.cm-line', { hasText: 'name: Greeting' }).first().click();
    await page.keyboard.press('End');
    await page.keyboard.type(' of the day');
    await page.getByRole('link', { name: 'All definitions' }).click();
    await page.getByRole('heading', { name: 'Definitions', level: 1 }).waitFor();
    expect(await page.evaluate<string>(`localStorage.getItem('draft:greeting')`)).toContain('of the day');
  });
});

/** By the keys, from any page to another. */
async function goTo(page: Page, key: string, heading: string): Promise<void> {
  await page.keyboard.press('g');
  await page.keyboard.press(key);
  await page.getByRole('heading', { name: heading, exact: true }).first().waitFor();
}

function focused(page: Page): Promise<string> {
  return page.evaluate<string>('document.activeElement.textContent');
}
