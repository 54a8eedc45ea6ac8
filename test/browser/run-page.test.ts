// The page of one run in a real browser: why it is as it is, every attempt, every tab as of any event, and texts that
// would like to be markup. Every wait is for something on the screen.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { patience, withDashboard } from './dashboard.ts';
import { needsFile } from './definitions.ts';
import { evil, flaky, markup, untilLetGo } from './run-definitions.ts';

const tabNames = ['Timeline', 'Graph', 'Events', 'Context', 'Agents', 'Logs', 'JSON'];

test('a run that waits says for whom, shows each attempt, and the same as a table', async () => {
  await withDashboard({ definitions: { flaky } }, async ({ page, open, start, shot, theme }) => {
    const run = await start('flaky');
    await open(`/runs/${run}`);
    await page.getByText('needs approval').first().waitFor();
    await page.getByRole('region', { name: 'Why' }).getByText('waiting for approval').waitFor();
    await page.getByRole('button', { name: /^read: attempt 1, .*failed/ }).waitFor();
    await page.getByRole('button', { name: /^read: attempt 3, .*completed/ }).waitFor();
    expect(await page.getByRole('button', { name: /^read: waiting to retry/ }).count()).toBe(2);
    await shot('run-timeline-light');
    await page.getByRole('button', { name: 'Show as table' }).click();
    await page.getByRole('cell', { name: 'retrying' }).first().waitFor();
    await page.getByRole('button', { name: 'Show as picture' }).click();
    await page.getByRole('button', { name: /^read/, pressed: false }).first().click();
    const pane = page.getByRole('complementary', { name: 'Task read' });
    await pane.getByText('attempt 2 failed').waitFor();
    expect(new URL(page.url()).searchParams.get('task')).toBe('read');
    // What both failed attempts printed.
    await pane.getByRole('heading', { name: 'Printed' }).waitFor();
    expect(await pane.locator('.printed').textContent()).toMatch(/EACCES items.csv\s+EACCES items.csv/);
    await theme('dark');
    await pane.getByText('attempt 2 failed').waitFor();
    await shot('run-timeline-dark');
  });
});

test('the graph shows the way that was taken, selects a task, and is a table, too', async () => {
  await withDashboard({ definitions: { flaky } }, async ({ page, open, start, shot }) => {
    const run = await start('flaky');
    await open(`/runs/${run}?tab=graph`);
    await page.getByRole('button', { name: /^agree needs approval/ }).click();
    await page.getByRole('complementary', { name: 'Task agree' }).waitFor();
    await expect.poll(() => offCentre(page), patience).toBeLessThan(30);
    expect(await coveredLabels(page)).toEqual([]);
    expect(await page.locator('.graph-line.taken').count()).toBe(2);
    expect(await page.locator('.graph-line.faint').count()).toBe(2);
    await shot('run-graph');
    await page.getByRole('button', { name: 'Show as table' }).click();
    await page.getByRole('cell', { name: /agree \(little.*taken/ }).waitFor();
  });
});

test('the scrubber shows every tab as of an event, and of the past nothing can be asked but a fork', async () => {
  await withDashboard({ definitions: { flaky } }, async ({ page, open, start, shot }) => {
    const run = await start('flaky');
    await open(`/runs/${run}`);
    await page.getByText('needs approval').first().waitFor();
    await page.getByRole('button', { name: 'Approve …' }).waitFor();
    await open(`/runs/${run}?at=2`);
    await page.getByText('Viewing the past:').waitFor();
    await page.locator('.badge', { hasText: 'running' }).first().waitFor();
    expect(await page.getByRole('button', { name: 'Approve …' }).count()).toBe(0);
    for (const name of tabNames) {
      await page.getByRole('tab', { name }).click();
      await page.getByText('as of event 2 of').waitFor();
      expect(await asked(page)).toBe('2');
    }
    await page.getByRole('tab', { name: 'Events' }).click();
    await page.getByRole('button', { name: /task\.started/ }).waitFor();
    expect(await page.getByRole('button', { name: /task\.failed/ }).count()).toBe(0);
    await shot('run-past');
    await page.locator('#run-menu > summary').click();
    // Comparing asks nothing of the run.
    expect(await page.locator('.menu-list .ask').allTextContents()).toEqual(['Fork …', 'Compare with …']);
    // Escape closes the menu, and does not go back to the tab before.
    await page.keyboard.press('Escape');
    await page.locator('#run-menu[open]').waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Actions ▾');
    await page.keyboard.press(']');
    await page.getByText('as of event 3 of').waitFor();
    await page.keyboard.press('[');
    await page.getByText('as of event 2 of').waitFor();
    await page.getByRole('tab', { name: 'Events', selected: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('tab', { name: 'JSON', selected: true }).waitFor();
    await page.getByRole('button', { name: 'Return to live' }).click();
    await page.getByText('needs approval').first().waitFor();
    expect(await asked(page)).toBeNull();
    await page.keyboard.press('2');
    await page.getByRole('tab', { name: 'Graph', selected: true }).waitFor();
  });
});

test('a failed run tells what went wrong; an event opens to all that it holds', async () => {
  const options = { definitions: { 'needs-file': needsFile, 'until-let-go': untilLetGo } };
  await withDashboard(options, async ({ page, open, start, cli, shot }) => {
    const run = await start('needs-file');
    await open(`/runs/${run}?tab=logs`);
    await page.getByRole('region', { name: 'Why' }).getByText('read failed').first().waitFor();
    await shot('run-failed');
    const other = await start('until-let-go');
    await cli('cancel', other, '--yes', '--detach', '--reason', 'not needed');
    await open(`/runs/${other}?tab=events`);
    await page
      .getByRole('button', { name: /run\.(cancelled|terminated|cancel)/ })
      .first()
      .click();
    await page.getByText('not needed').first().waitFor();
    await shot('run-event');
  });
});

test('markup in inputs, names and outputs stays text on every tab', async () => {
  await withDashboard({ definitions: { markup } }, async ({ page, open, start, shot }) => {
    const run = await start('markup', { text: evil });
    await open(`/runs/${run}?task=say`);
    await page.getByText('needs approval').first().waitFor();
    for (const name of tabNames) {
      await page.getByRole('tab', { name }).click();
      await page.getByRole('tab', { name, selected: true }).waitFor();
    }
    await page.getByRole('tab', { name: 'Graph' }).click();
    await page.getByRole('button', { name: /^<script>window.hacked=1.*completed/ }).waitFor();
    await page.getByText('Inputs').click();
    await page.getByText('<script>window.hacked=1').filter({ visible: true }).first().waitFor();
    await page.getByRole('button', { name: 'Approve …' }).click();
    await page
      .getByRole('dialog')
      .getByText('<script>window.hacked=1')
      .filter({ visible: true })
      .first()
      .waitFor();
    await shot('run-markup');
    expect(await page.evaluate("'hacked' in window")).toBe(false);
  });
});

type Box = {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
};

function boxesOf(page: Page, selector: string): Promise<readonly Box[]> {
  const box = '{ text: el.textContent, left: r.left, right: r.right, top: r.top, bottom: r.bottom }';
  const map = `(el) => { const r = el.getBoundingClientRect(); return ${box}; }`;

  return page.evaluate(`[...document.querySelectorAll('${selector}')].map(${map})`);
}

/** How far, in pixels, the middle of all boxes is from that of the picture. */
async function offCentre(page: Page): Promise<number> {
  const boxes = await boxesOf(page, '.graph-box');
  const [canvas] = await boxesOf(page, '.graph-canvas');
  const middle = (Math.min(...boxes.map(({ left }) => left)) + Math.max(...boxes.map((b) => b.right))) / 2;

  return canvas === undefined ? Number.NaN : Math.abs(middle - (canvas.left + canvas.right) / 2);
}

/** The names of lines that lie over a box or over each other. */
async function coveredLabels(page: Page): Promise<readonly string[]> {
  const [labels, boxes] = [await boxesOf(page, '.graph-label'), await boxesOf(page, '.graph-box')];
  expect(labels).not.toEqual([]);
  const meets = (a: Box, b: Box): boolean =>
    a !== b && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

  return labels
    .filter((label) => [...labels, ...boxes].some((other) => meets(label, other)))
    .map((b) => b.text);
}

function asked(page: Page): Promise<string | null> {
  return page.evaluate<string | null>(`new URL(location.href).searchParams.get('at')`);
}
