// The engine dies in the middle of a run and comes back at the same address: whoever looks at the run sees that it is
// gone, and then how the run goes on, without touching anything.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'vitest';
import { withDashboard } from './dashboard.ts';
import { greeting } from './definitions.ts';
import { untilLetGo } from './run-definitions.ts';

/** What a browser says of an engine that is not there. */
const allows = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED/;
/** And of a part of the program that did not come with it. */
const gone = new RegExp(
  `${allows.source}|dynamically imported module|Unable to preload|NotLoaded|ERR_FAILED`,
);
/** An attempt whose engine died is given up when its lease has run out. */
const patience = { timeout: 60_000 };

test('a page whose engine was killed says so, comes back by itself, and the run goes on', async () => {
  const options = { definitions: { 'until-let-go': untilLetGo }, allows };
  await withDashboard(options, async ({ page, open, start, engine, project, shot }) => {
    const run = await start('until-let-go');
    await open(`/runs/${run}`);
    await page.getByRole('button', { name: /^hold: attempt 1, for/ }).waitFor();
    await engine.kill9();
    await page.getByText('reconnecting').first().waitFor();
    await shot('run-reconnecting');
    await engine.start();
    await page.locator('.live-dot[data-state="live"]').waitFor(patience);
    await writeFile(join(project, 'go'), '');
    await page.locator('.run-status', { hasText: 'completed' }).waitFor(patience);
    await shot('run-after-reconnect');
  });
});

test('what is answered after the engine came back is seen at once', async () => {
  await withDashboard({ definitions: { greeting }, allows }, async ({ page, open, start, engine }) => {
    const run = await start('greeting', { name: 'Ada' });
    await open(`/runs/${run}`);
    await page.locator('.run-status', { hasText: 'needs approval' }).waitFor();
    await engine.kill9();
    await page.getByText('reconnecting').first().waitFor();
    await engine.start();
    await page.locator('.live-dot[data-state="live"]').waitFor(patience);
    await page.getByRole('button', { name: 'Approve …' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await page.locator('.run-status', { hasText: 'completed' }).waitFor(patience);
  });
});

test('while the engine is gone a page says how old it is, and what it could not load', async () => {
  const options = { definitions: { 'until-let-go': untilLetGo }, allows };
  await withDashboard(options, async ({ page, open, start, engine, shot }) => {
    const runs = [await start('until-let-go'), await start('until-let-go')];
    // Its program is loaded before the engine goes.
    await open(`/runs/${runs[0]}`);
    await page.getByRole('button', { name: /^hold: attempt 1, for/ }).waitFor();
    await page.getByRole('link', { name: '3OX Workflow' }).click();
    const other = page.locator(`a[href="/runs/${runs[1]}"]`);
    await other.waitFor();
    await engine.kill9();
    const running = page.getByRole('region', { name: 'Under way' });
    await running.getByText(/^stale: as of \d\d:\d\d$/).waitFor();
    await running.getByText('until-let-go').first().waitFor();
    await shot('home-stale');
    await other.click();
    await page
      .getByText(/^not loaded: engine unreachable, retrying (in \d+ s|now); last data \d\d:\d\d$/)
      .first()
      .waitFor();
    await shot('run-not-loaded');
    await engine.start();
    await page
      .getByRole('button', { name: /^hold: attempt/ })
      .first()
      .waitFor(patience);
    await page.locator('.live-dot[data-state="live"]').waitFor(patience);
  });
});

test('a page whose program could not be loaded while the engine was gone comes when it is back', async () => {
  await withDashboard({ definitions: { greeting }, allows: gone }, async ({ page, open, engine }) => {
    await open('/');
    await page.getByRole('region', { name: 'Under way' }).waitFor();
    const places = page.getByRole('navigation', { name: 'coordination' });
    await engine.kill9();
    await page.getByText('reconnecting').first().waitFor();
    await places.getByRole('link', { name: 'Agents' }).click();
    await page.locator('#page', { hasText: /^not loaded: engine unreachable/ }).waitFor();
    // One that is left again does not come by itself: it comes when it is asked for.
    await places.getByRole('link', { name: 'Triggers' }).click();
    await page.locator('#page', { hasText: /^not loaded: engine unreachable/ }).waitFor();
    await engine.start();
    await page.getByRole('heading', { name: 'Triggers', level: 1 }).waitFor(patience);
    await places.getByRole('link', { name: 'Agents' }).click();
    await page.getByRole('heading', { name: 'Agents', level: 1 }).waitFor(patience);
  });
});

test('an editor stays open where its picture could not be loaded, and has it when it is asked for again', async () => {
  await withDashboard({ definitions: { greeting }, allows: gone }, async ({ page, open, engine }) => {
    await page.route(/graph-canvas/, (route) => route.abort('connectionrefused'));
    await open('/definitions/greeting/edit');
    await page.getByText(/^the picture could not be loaded/).waitFor();
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('# mine');
    await page.getByText('A draft: not published, nor saved to a file.').waitFor();
    await page.unroute(/graph-canvas/);
    await engine.kill9();
    await page.getByText('reconnecting').first().waitFor();
    await engine.start();
    await page.locator('.live-dot[data-state="live"]').waitFor(patience);
    // A slow machine may have given the picture of the new text up, and asked for it again by itself.
    const again = page.getByRole('button', { name: 'Try again' });
    const box = page.locator('.graph-box').first();
    await again.or(box).first().waitFor(patience);
    if (await again.isVisible()) await again.click();
    await box.waitFor(patience);
    await page.locator('.cm-content', { hasText: '# mine' }).waitFor();
  });
});
