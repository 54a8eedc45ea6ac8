// A run with more than 20,000 events: opened, scrolled to its first event, and seen as of any of them. How long that
// took is printed, and not judged here: machines differ.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { withDashboard } from './dashboard.ts';
import { many } from './run-definitions.ts';

const items = 10_000;

test('a run of 20,000 events opens with the newest and can be scrolled to the first', async () => {
  await withDashboard({ definitions: { many } }, async ({ page, open, start, shot }) => {
    const run = await start('many', { list: Array.from({ length: items }, (_, index) => index) });
    await open(`/runs/${run}?tab=json`);
    await page.locator('.run-status', { hasText: 'completed' }).waitFor({ timeout: 600_000 });
    await open('/');
    await page.getByText('live').first().waitFor();
    const events = await timed(async () => {
      await open(`/runs/${run}?tab=events`);
      await page.locator('.event-line .event-type').first().waitFor();
    });
    await shot('long-events');
    const total = Number((await page.locator('.events').getAttribute('aria-label'))?.match(/\d+/)?.[0]);
    expect(total).toBeGreaterThan(2 * items);
    const first = await timed(async () => {
      await page.evaluate(`document.querySelector('.events').scrollTo({ top: 1e9 })`);
      await page
        .getByRole('button', { name: /run\.started/ })
        .first()
        .waitFor();
    });
    await page
      .getByRole('button', { name: /run\.started/ })
      .first()
      .click();
    await page.getByRole('button', { name: 'Copy link' }).waitFor();
    const warm = await timed(async () => {
      await page.reload();
      await page
        .getByRole('button', { name: /run\.started/ })
        .first()
        .waitFor();
    });
    const timeline = await timed(async () => {
      await open(`/runs/${run}`);
      await page.locator('.timeline .bar').first().waitFor();
    });
    await shot('long-timeline');
    const past = await timed(async () => {
      await open(`/runs/${run}?tab=context&at=10000`);
      await page.getByText('as of event 10000 of').waitFor();
      await page.getByText('What the run knows').or(page.locator('.tree-row')).first().waitFor();
    });
    process.stdout.write(
      `long run, ${total} events: newest ${events} ms, first ${first} ms, warm ${warm} ms, ` +
        `timeline ${timeline} ms, past ${past} ms, heap ${await heapMb(page)} MB\n`,
    );
  });
}, 900_000);

async function timed(act: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await act();

  return Math.round(performance.now() - began);
}

async function heapMb(page: Page): Promise<number> {
  const client = await page.context().newCDPSession(page);
  const { usedSize } = await client.send('Runtime.getHeapUsage');

  return Math.round(usedSize / 1024 / 1024);
}
