// There is always a way on: what was undone is begun again with the same inputs, and whatever cannot be asked says why.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { patience, withDashboard } from './dashboard.ts';

const booked = `workflow:
  id: booked
  version: 1
  input:
    required: [city]
    properties: { city: { type: string }, pin: { type: string, secret: true } }
  tasks:
    - {id: book, type: TRANSFORM, output: {seat: 12}, compensate: unbook}
    - {id: unbook, type: NOOP}
    - {id: end, type: TERMINATE, status: FAILED, depends_on: book}
`;
const asked = `workflow:
  id: asked
  version: 1
  tasks:
    - {id: agree, type: HUMAN, approvers: {names: [ana]}}
`;

/** What a screen reader says of a control beside its name. */
async function described(page: Page, name: string): Promise<string | null> {
  const button = page.getByRole('button', { name, exact: true });
  const id = await button.getAttribute('aria-describedby');

  return page.locator(`[id="${id}"]`).textContent();
}

test('a run that was undone is run again with the same inputs, and secrets are asked for anew', async () => {
  await withDashboard({ definitions: { booked } }, async ({ page, open, start, api, shot }) => {
    const run = await start('booked', { city: 'La Paz', pin: 'opensesame' });
    await open(`/runs/${run}`);
    const again = page.getByRole('link', { name: 'Run again with these inputs' }).first();
    await again.waitFor();
    await shot('run-undone');
    await again.click();
    expect(await page.getByLabel('city').inputValue()).toBe('La Paz');
    expect(await page.getByLabel('pin').inputValue()).toBe('');
    await page.getByRole('button', { name: 'Start the run' }).click();
    await page.waitForURL((url) => url.pathname.startsWith('/runs/') && !url.pathname.endsWith(run));
    await expect
      .poll(async () => (await api('/runs?where=definition=booked')).json, patience)
      .toMatchObject({ total: 2 });
    expect((await api('/runs/@last')).json).toMatchObject({ input: { city: 'La Paz' } });
  });
});

test('what cannot be asked of a run is come to by the keyboard, and says why', async () => {
  await withDashboard({ definitions: { booked } }, async ({ page, open, start, shot }) => {
    const run = await start('booked', { city: 'La Paz' });
    await open(`/runs/${run}`);
    await page.getByRole('link', { name: 'Run again with these inputs' }).first().waitFor();
    await page.keyboard.press('.');
    const retry = page.getByRole('button', { name: 'Retry', exact: true });
    await retry.focus();
    expect(await page.locator(':focus').textContent()).toBe('Retry');
    expect(await described(page, 'Retry')).toContain('was undone by unbook');
    for (const verb of ['Pause', 'Resume', 'Cancel', 'Terminate'])
      expect(await described(page, verb)).toContain('FAILED');
    await shot('run-not-now');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });
});

test('where one may only look, what changes something is come to, and says so', async () => {
  await withDashboard(
    { definitions: { asked }, serve: ['--read-only'] },
    async ({ page, open, cli, shot }) => {
      await cli('start', 'asked', '--detach');
      await open('/runs/@last');
      const approve = page.getByRole('button', { name: 'Approve …' }).first();
      await approve.focus();
      const id = await approve.getAttribute('aria-describedby');
      const why = page.locator(`[id="${id}"]`);
      expect(await why.textContent()).toContain('read-only');
      const { width = 0 } = (await why.boundingBox()) ?? {};
      expect(width).toBeGreaterThan(100);
      await shot('read-only-why');
      await page.keyboard.press('Enter');
      expect(await page.getByRole('dialog').count()).toBe(0);
    },
  );
});
