// What failed, what was, and how it went, as the pages of MANAGEMENT show it; and that texts of others stay texts.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Dashboard, patience, withDashboard } from './dashboard.ts';
import { needsFile, waiting } from './definitions.ts';

test('failures that are alike stand together, are acknowledged, and are retried all at once', async () => {
  await withDashboard({ definitions: { 'needs-file': needsFile } }, async (dashboard) => {
    const { page, open, shot, start, project } = dashboard;
    const runs = [await start('needs-file'), await start('needs-file')];
    await expect.poll(() => statusesOf(dashboard, runs), patience).toEqual(['FAILED', 'FAILED']);
    await open('/failures');
    const group = page.getByRole('article', { name: /needs-file/ });
    await group.getByText('2 runs').waitFor();
    await group.getByRole('button', { name: 'Acknowledge ...' }).click();
    await page.getByLabel('Reason (optional)').fill('the file comes at noon');
    await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge', exact: true }).click();
    await page.getByText('Every failure is acknowledged.').waitFor();
    await page.getByRole('button', { name: 'Acknowledged (1)' }).click();
    await group.getByText('the file comes at noon').waitFor();
    await shot('failures-acknowledged');

    await group.getByRole('button', { name: 'Assign ...' }).click();
    await page.getByLabel('Who looks after them').fill('the night shift');
    await page.getByRole('dialog').getByRole('button', { name: 'Assign', exact: true }).click();
    await group.getByText('the night shift').waitFor();
    await group.getByRole('button', { name: 'Mute ...' }).click();
    await page.getByLabel('Until').fill(`${new Date().getFullYear() + 1}-01-01T10:00`);
    await page.getByRole('dialog').getByRole('button', { name: 'Mute', exact: true }).click();
    await page.getByText('Every failure is acknowledged or muted.').waitFor();
    await page.getByRole('button', { name: 'Muted (1)' }).click();
    await group.getByText(/Muted until .*, or until a version later than 1 fails/).waitFor();
    await shot('failures-muted');

    await writeFile(join(project, 'ready'), '');
    await group.getByRole('button', { name: 'Retry all ...' }).click();
    await page.getByText('2 runs fit').waitFor();
    await shot('failures-retry');
    await page.getByRole('button', { name: 'Retry 2 runs' }).click();
    await page.getByText('2 of 2 runs retried.').waitFor();
    await expect.poll(() => statusesOf(dashboard, runs), patience).toEqual(['COMPLETED', 'COMPLETED']);
  });
});

test('versions are compared, ended runs are searched and exported, and numbers lead to their runs', async () => {
  const second = needsFile.replace('version: 1', 'version: 2').replace('timeout: 30s', 'timeout: 20s');
  await withDashboard({ definitions: { 'needs-file': needsFile } }, async (dashboard) => {
    const { page, open, shot, start, project, cli } = dashboard;
    const run = await start('needs-file');
    await expect.poll(() => statusesOf(dashboard, [run]), patience).toEqual(['FAILED']);
    await writeFile(join(project, 'definitions/needs-file.yaml'), second);
    const publish = ['definitions', 'publish', 'definitions/needs-file.yaml', '--reason', 'faster'];
    expect((await cli(...publish)).code).toBe(0);
    await open('/definitions/needs-file?tab=versions');
    await page.getByText('From version 1 to 2').waitFor();
    await page.getByText('timeout: 20s').waitFor();
    await page.getByRole('row').filter({ hasText: 'v2' }).getByText('faster').waitFor();
    await shot('versions-compared');
    await page.getByRole('button', { name: 'Roll back to v1 ...' }).click();
    await page.getByRole('heading', { name: 'Roll back to v1: publish it again as needs-file v3' }).waitFor();
    await page.getByLabel('Reason (optional)').fill('too fast');
    await shot('versions-rollback');
    await page.getByRole('dialog').getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByText('needs-file v3 is published').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
    await page.getByRole('row').filter({ hasText: 'v3' }).getByText('too fast').waitFor();

    await open('/history?q=needs');
    await page.getByRole('link', { name: run.slice(0, 13) }).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export JSONL' }).click();
    const file = await (await download).path();
    expect(await readFile(file, 'utf8')).toContain(run);
    await page.getByLabel('Search ended runs').fill('nothing of this name');
    await page.getByText('No ended run matches this search.').waitFor();

    await open('/insights?span=1h');
    await page.getByRole('figure').filter({ hasText: 'Throughput' }).getByRole('button').click();
    await page.getByRole('region', { name: 'Throughput, as a table' }).waitFor();
    await shot('insights-table');
    await page.getByText('failed').locator('..').getByRole('link', { name: '1', exact: true }).click();
    await page.waitForURL(/\/runs\?/);
    await page.getByRole('link', { name: run.slice(0, 13) }).waitFor();
  });
});

test('what a definition is called and says is text on every page, whatever it looks like', async () => {
  const evil = '<img src=x onerror="window.cracked=1"><script>window.cracked=1</script>';
  const text = waiting
    .replace('name: Waiting', `name: '${evil}'`)
    .replace('description: Waits for a person.', `description: '${evil}'`);
  await withDashboard({ definitions: { waiting: text } }, async ({ page, open, start }) => {
    await start('waiting');
    const paths = [
      '/definitions',
      '/definitions/waiting',
      '/definitions/waiting/edit',
      '/map',
      '/insights',
      '/history',
    ];
    for (const path of paths) {
      await open(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await expect.poll(() => page.getByText('Loading ...').count(), patience).toBe(0);
      expect(await page.evaluate("'cracked' in window")).toBe(false);
      expect(await page.locator('img, #page script').count()).toBe(0);
    }
    await open('/definitions');
    await page.getByRole('link', { name: evil }).waitFor();
  });
});

async function statusesOf({ api }: Dashboard, runs: readonly string[]): Promise<readonly string[]> {
  const pages = await Promise.all(runs.map((run) => api(`/runs/${run}`)));

  return pages.map(({ json }) => (json as { readonly status: string }).status);
}

test('the page of a definition shows the problems of its file as it is saved, and that they are mended', async () => {
  await withDashboard({ definitions: { 'needs-file': needsFile } }, async ({ page, open, project }) => {
    const file = join(project, 'definitions/needs-file.yaml');
    await open('/definitions/needs-file');
    await page.getByRole('heading', { name: 'About' }).waitFor();
    const problems = page.getByRole('list', { name: 'Problems' });
    expect(await problems.count()).toBe(0);

    await writeFile(file, needsFile.replace('tasks:', 'taks:'));
    await problems.getByText('did you mean "tasks"?').waitFor();
    expect(await problems.textContent()).toMatch(/\d+:3 error/);
    await writeFile(file, needsFile);
    await problems.waitFor({ state: 'detached' });
  });
});
