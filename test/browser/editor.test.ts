// A definition is written in the browser: what is wrong is told at its line, what would change is told before it is
// published. Every wait is for something on the screen.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { patience, withDashboard } from './dashboard.ts';
import { greeting } from './definitions.ts';

const letter = `workflow:
  id: letter
  name: Letter
  version: 1
  description: Writes a letter and seals it.
  tasks:
    - id: write
      type: TRANSFORM
      output: { text: hello }
    - id: seal
      type: TRANSFORM
      depends_on: write
      output: { text: sealed }
`;

test('a mistake is told at its line, a change is held against the latest runs, and the new version starts', async () => {
  await withDashboard({ definitions: { letter } }, async ({ page, open, shot, start, api }) => {
    const runs = [await start('letter'), await start('letter')];
    await expect.poll(() => statuses(api, runs), patience).toEqual(['COMPLETED', 'COMPLETED']);
    await open('/definitions/letter/edit');
    await page.getByText('no problems').waitFor();

    await typeAtEnd(page, 'depends_on: write', 'r');
    await page.locator('.cm-lintRange-error', { hasText: 'writer' }).waitFor();
    await page.getByText('1 error').waitFor();
    expect(await page.getByRole('button', { name: 'Publish' }).isDisabled()).toBe(true);
    await page.getByRole('tab', { name: 'Problems (1)' }).click();
    await shot('editor-problem');
    await page.getByRole('button', { name: 'did you mean "write"?' }).click();
    await page.locator('.cm-activeLine', { hasText: 'depends_on: writer' }).waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Backspace');
    await page.getByText('no problems').waitFor();
    await page.locator('.cm-lintRange-error').waitFor({ state: 'detached' });

    await typeAtEnd(page, 'id: seal', 'ed');
    await page.getByText('Version 1 is published already.').waitFor();
    await page.getByRole('button', { name: 'Make it version 2' }).click();
    await page.getByRole('tab', { name: 'Changes' }).click();
    await page
      .getByLabel(/^Changes against/)
      .getByText('id: sealed')
      .waitFor();
    await shot('editor-changes');
    await page.getByRole('tab', { name: 'Test' }).click();
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('transitions walked').waitFor();
    await page.getByText('There are no cases in').waitFor();
    await shot('editor-tested');

    await page.getByRole('button', { name: 'Publish v2' }).click();
    await page.getByText('Of the latest 2 runs of version 1').waitFor();
    expect(await page.getByText(/^differs at event \d+/).count()).toBe(2);
    const publish = page.getByRole('dialog').getByRole('button', { name: 'Publish', exact: true });
    expect(await publish.isDisabled()).toBe(true);
    await shot('publish-differs');
    await page.getByLabel('I have read the differences').check();
    await page.getByLabel('Reason (optional)').fill('sealed by hand');
    await publish.click();
    await page.getByText('letter v2 is published, by ana').waitFor();
    await shot('published');
    await page.getByRole('link', { name: 'Start a run' }).click();
    await page.waitForURL(/\/start\/letter$/);
    expect(await definitionVersions(api)).toEqual([2, 1]);
  });
});

test('a draft outlives the page, and can be thrown away', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, open }) => {
    await open('/definitions/greeting/edit');
    await typeAtEnd(page, 'name: Greeting', ' of the day');
    await expect
      .poll(() => page.evaluate<string | null>(`localStorage.getItem('draft:greeting')`), patience)
      .toContain('Greeting of the day');
    await open('/definitions/greeting/edit');
    await page.getByText('This is your draft').waitFor();
    await page.locator('.cm-line', { hasText: 'Greeting of the day' }).waitFor();
    await page.getByRole('button', { name: 'Discard it' }).click();
    await expect
      .poll(() => page.locator('.cm-line', { hasText: 'Greeting of the day' }).count(), patience)
      .toBe(0);
  });
});

test('a task of the graph leads to its line, and the line to its task', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, open }) => {
    await open('/definitions/greeting/edit');
    const graph = page.getByRole('region', { name: 'Graph of the definition' });
    await graph.getByRole('button', { name: 'send' }).click();
    await expect.poll(() => page.locator('.cm-activeLine').textContent(), patience).toContain('- id: send');
    await page.locator('.cm-line', { hasText: 'wait_for_approval: true' }).click();
    await expect
      .poll(
        () => graph.getByRole('button', { name: /Agree to the greeting/ }).getAttribute('aria-pressed'),
        patience,
      )
      .toBe('true');
  });
});

test('offers the keys of the language, also to whoever types before they are there', async () => {
  await withDashboard({ definitions: { letter } }, async ({ page, open }) => {
    let typed = (): void => undefined;
    const isTyped = new Promise<void>((resolve) => {
      typed = resolve;
    });
    await page.route('**/*.schema*.json', async (route) => {
      await isTyped;
      await route.continue();
    });
    await open('/definitions/letter/edit');
    await typeAtEnd(page, 'depends_on: write', '\nretry');
    await page.locator('.cm-line', { hasText: /^\s*retry$/ }).waitFor();
    typed();
    // While there are others the list may still move under the pointer.
    await expect.poll(() => page.getByRole('option').allTextContents(), patience).toEqual(['retry_policy']);
    await page.getByRole('option', { name: 'retry_policy' }).click();
    await page.locator('.cm-line', { hasText: 'retry_policy: ' }).waitFor();
  });
});

test('a template is copied under an id that is free, and saved to a file that is never replaced unasked', async () => {
  const copy = letter.replaceAll('letter', 'document-approval-copy');
  const definitions = { 'document-approval-copy': copy };
  await withDashboard({ definitions, allows: /409/ }, async ({ page, open, project, shot }) => {
    await open('/templates');
    await page
      .getByRole('article', { name: 'Document approval' })
      .getByRole('button', { name: 'Use' })
      .click();
    await page.locator('.cm-line', { hasText: 'id: document-approval-copy-2' }).waitFor();
    await page.getByRole('button', { name: 'Save to a file' }).click();
    await page.getByLabel('File in the folder definitions/').fill('document-approval-copy.yaml');
    await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('definition.file-exists').waitFor();
    await shot('editor-save-refused');
    const path = join(project, 'definitions/document-approval-copy.yaml');
    expect(await readFile(path, 'utf8')).toBe(copy);
    await page.getByLabel('Replace the existing file').check();
    await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved to definitions/document-approval-copy.yaml').waitFor();
    expect(await readFile(path, 'utf8')).toContain('id: document-approval-copy-2');
  });
});

type Api = (path: string) => Promise<{ readonly json: unknown }>;

async function statuses(api: Api, runs: readonly string[]): Promise<readonly string[]> {
  const pages = await Promise.all(runs.map((run) => api(`/runs/${run}`)));

  return pages.map(({ json }) => (json as { readonly status: string }).status);
}

async function definitionVersions(api: Api): Promise<readonly number[]> {
  const { json } = await api('/definitions/letter');

  return (json as { readonly history: readonly { readonly version: number }[] }).history.map(
    ({ version }) => version,
  );
}

/** Puts the cursor at the end of a line of the editor, and types. */
async function typeAtEnd(page: Page, line: string, text: string): Promise<void> {
  await page.locator('.cm-line', { hasText: line }).first().click();
  await page.keyboard.press('End');
  await page.keyboard.type(text);
}

test('an editor in which nothing was written shows what somebody else publishes, and calls it no draft', async () => {
  await withDashboard({ definitions: { letter } }, async ({ page, open, start, api }) => {
    await open('/definitions/letter/edit');
    await page.getByText('no problems').waitFor();
    const text = letter.replace('version: 1', 'version: 2').replace('hello', 'good day');
    const { status, json } = await api('/definitions/publish', { text, file: 'definitions/letter.yaml' });
    expect(status, JSON.stringify(json)).toBe(200);
    await start('letter');
    await page.locator('.cm-content', { hasText: 'good day' }).waitFor();
    await page.getByText('no problems').waitFor();
    expect(await page.getByText('A draft:').count()).toBe(0);
  });
});

test('a copy of a template is what it is called, also once it is published', async () => {
  await withDashboard({ definitions: { letter } }, async ({ page, open, api }) => {
    const { json } = await api('/templates');
    const [template] = (json as { readonly templates: readonly { readonly id: string }[] }).templates;
    await open(`/new?template=${template?.id}`);
    await page.getByText('no problems').waitFor();
    const editor = page.locator('.cm-content');
    const label = (await editor.getAttribute('aria-label')) ?? '';
    expect(label).toContain('definitions/');
    await page.getByRole('button', { name: 'Publish v' }).click();
    const dialog = page.getByRole('dialog');
    const read = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/definitions'));
    await dialog.getByRole('button', { name: 'Publish', exact: true }).click();
    await read;
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
    await dialog.getByText(/is published, by|was there already/).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).first().click();
    expect(await editor.getAttribute('aria-label')).toBe(label);
  });
});
