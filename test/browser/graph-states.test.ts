// The graph of a definition and of a run as the states of its statechart, in a real browser. Every wait is for
// something on the screen.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { patience, withDashboard } from './dashboard.ts';
import { flaky } from './run-definitions.ts';

const many = `workflow:
  id: many
  version: 1
  tasks: [${Array.from({ length: 70 }, (_, index) => `{id: t${index}, uses: noop}`).join(', ')}]
`;

test('the keyboard switches the graph of a definition to its states, which the address keeps', async () => {
  await withDashboard({ definitions: { flaky } }, async ({ page, open, shot }) => {
    await open('/definitions/flaky?tab=graph');
    const choice = page.getByRole('group', { name: 'The graph shows' });
    await choice.getByRole('button', { name: 'Tasks', pressed: true }).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await choice.getByRole('button', { name: 'States', pressed: true }).waitFor();
    const graph = page.getByRole('region', { name: 'Graph of flaky' });
    await graph.getByRole('button', { name: 'pending_approval of agree' }).press('Enter');
    await page.getByText('machine/tasks/agree/pending_approval, atomic, line 21 of the text').waitFor();
    await graph
      .getByRole('button', { name: /: approval\.granted\.agree \[.*\]$/ })
      .first()
      .waitFor();
    expect(new URL(page.url()).searchParams.get('view')).toBe('states');
    await shot('definition-states');
    await page.reload();
    await graph.getByRole('button', { name: 'Show as table' }).click();
    await page
      .getByRole('cell', { name: /machine\/phase\/over/ })
      .first()
      .waitFor();
    await choice.getByRole('button', { name: 'Tasks' }).click();
    await graph.getByRole('button', { name: /^agree HUMAN/ }).waitFor();
    expect(new URL(page.url()).searchParams.get('view')).toBeNull();
  });
});

test('the graph of a run marks the current state of each region, as of the event that is looked at', async () => {
  await withDashboard({ definitions: { flaky } }, async ({ page, open, start, shot }) => {
    const run = await start('flaky');
    await open(`/runs/${run}?tab=graph`);
    await page
      .getByRole('group', { name: 'The graph shows' })
      .getByRole('button', { name: 'States' })
      .click();
    await page.getByRole('button', { name: /^pending_approval of agree current/ }).click(patience);
    await page.getByRole('complementary', { name: 'Task agree' }).waitFor();
    await expect
      .poll(() => current(page), patience)
      .toEqual([
        'running',
        'completed of read',
        'case little of choose',
        'skipped of ship',
        'pending_approval of agree',
      ]);
    await shot('run-states');
    await open(`/runs/${run}?tab=graph&view=states&at=1`);
    await expect
      .poll(() => current(page), patience)
      .toEqual(['running', 'scheduled of read', 'waiting of choose', 'waiting of ship', 'waiting of agree']);
  });
});

test('more states than can be drawn are told by their number, and the tasks are there all the same', async () => {
  const allows = /422/;
  await withDashboard({ definitions: { many }, allows }, async ({ page, open, shot }) => {
    await open('/definitions/many?tab=graph&view=states');
    await page.getByText(/the graph has \d+ boxes, more than the 500 that are drawn/).waitFor();
    await shot('definition-states-too-many');
    await page.getByRole('button', { name: 'Tasks' }).click();
    await page.getByRole('button', { name: /^t0 / }).waitFor();
  });
});

/** What the boxes of the current states are called, in their order. */
function current(page: Page): Promise<readonly string[]> {
  return page
    .locator('.graph-box[data-reached=true] > button')
    .filter({ hasText: 'current' })
    .locator('.graph-name')
    .allTextContents();
}
