// What the editor offers and says inside of expressions, what it says of a text that is half written, and definitions
// that come from elsewhere. Every wait is for something on the screen.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { patience, withDashboard } from './dashboard.ts';
import { greeting } from './definitions.ts';

const orders = `workflow:
  id: orders
  version: 1
  input:
    required: [total]
    properties:
      total: {type: integer, description: In cents.}
  tasks:
    - id: count
      type: TRANSFORM
      output:
        sum: 3
    - id: send
      type: TRANSFORM
      depends_on: count
      output: {text: sent}
`;

test('offers what an expression can read, says what a word means, and marks the graph of an older text', async () => {
  await withDashboard({ definitions: { orders } }, async ({ page, open, shot }) => {
    await open('/definitions/orders/edit');
    await page.getByText('no problems').waitFor();
    await typeAtEnd(page, 'depends_on: count', '\nwhen: workflow.input.');
    await page.getByRole('option', { name: /^total/ }).click();
    await page.locator('.cm-line', { hasText: 'when: workflow.input.total' }).waitFor();
    await page.keyboard.type(' > count.out');
    await page.getByRole('option', { name: /^output/ }).click();
    await page.keyboard.type('.');
    await page.getByRole('option', { name: /^sum/ }).waitFor();
    await page.getByText('Graph of the last text without errors').waitFor();
    await shot('editor-old-graph');
    await page.getByRole('option', { name: /^sum/ }).click();
    await page.getByText('no problems').waitFor();
    await expect
      .poll(() => page.getByText('Graph of the last text without errors').count(), patience)
      .toBe(0);

    await page.locator('.cm-line', { hasText: 'depends_on: count' }).getByText('depends_on').hover();
    await page.locator('.cm-word-docs', { hasText: 'depends_on' }).waitFor();
    await shot('editor-word-docs');
  });
});

test('offers the names of the project and of the tasks where a key takes one', async () => {
  await withDashboard({ definitions: { orders, greeting } }, async ({ page, open }) => {
    await open('/definitions/orders/edit');
    await page.getByText('no problems').waitFor();
    await typeAtEnd(page, 'output: {text: sent}', '\nworkflow: gre');
    await page.getByRole('option', { name: /^greeting/ }).click();
    await page.locator('.cm-line', { hasText: 'workflow: greeting' }).waitFor();
    await page.keyboard.type('\nfallback: co');
    await page.getByRole('option', { name: /^count *TRANSFORM/ }).click();
    await page.locator('.cm-line', { hasText: 'fallback: count' }).waitFor();
  });
});

test('a draft says that only this browser has it, until it is published', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, open }) => {
    await open('/definitions/greeting/edit');
    await typeAtEnd(page, 'name: Greeting', ' of the day');
    await page.getByText('A draft: not published, nor saved to a file.').waitFor();
    await page.getByRole('link', { name: 'All definitions' }).click();
    await page.getByRole('heading', { name: 'Definitions', level: 1 }).waitFor();
    await open('/definitions/greeting/edit');
    await page.getByText('This is your draft').waitFor();
    await page.locator('.cm-line', { hasText: 'Greeting of the day' }).waitFor();
  });
});

test('a definition of Conductor is translated, tells what it lost, and opens in the editor', async () => {
  const foreign = {
    ...{ name: 'ship_order', version: 2, schemaVersion: 2, inputParameters: ['order'] },
    tasks: [
      { name: 'pack', taskReferenceName: 'pack_ref', type: 'SIMPLE', rateLimited: true, inputParameters: {} },
    ],
  };
  await withDashboard({ definitions: { greeting } }, async ({ page, open, shot }) => {
    await open('/');
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    await page.getByRole('heading', { name: 'New definition' }).waitFor();
    await page.getByRole('link', { name: 'Import' }).click();
    await page.getByLabel('Workflow definition', { exact: true }).fill(JSON.stringify(foreign));
    await page.getByRole('button', { name: 'Translate' }).click();
    const report = page.getByRole('region', { name: /^ship_order: / });
    await report.getByText('pack').first().waitFor();
    await shot('imported');
    await report.getByRole('button', { name: 'Open in the editor' }).click();
    await page.getByRole('heading', { name: /^Imported ship/ }).waitFor();
    await page
      .locator('.cm-line', { hasText: /id: ship/ })
      .first()
      .waitFor();
  });
});

/** Puts the cursor at the end of a line of the editor, and types. */
async function typeAtEnd(page: Page, line: string, text: string): Promise<void> {
  await page.locator('.cm-line', { hasText: line }).first().click();
  await page.keyboard.press('End');
  await page.keyboard.type(text);
}
