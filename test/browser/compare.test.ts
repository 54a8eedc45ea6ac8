// Two runs side by side: chosen in the list, or from the page of one of them.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { patience, withDashboard } from './dashboard.ts';
import { greeting, needsFile } from './definitions.ts';

test('a run that failed is held against the last one that went well, and the task that parts them is named', async () => {
  await withDashboard({ definitions: { 'needs-file': needsFile } }, async (dashboard) => {
    const { page, open, start, project, api, shot, theme } = dashboard;
    const failed = await start('needs-file');
    await expect
      .poll(async () => (await api('/runs?status=FAILED')).json, patience)
      .toMatchObject({ total: 1 });
    await writeFile(join(project, 'ready'), '');
    const good = await start('needs-file');
    await expect
      .poll(async () => (await api('/runs?status=COMPLETED')).json, patience)
      .toMatchObject({ total: 1 });

    await open(`/runs/${failed}`);
    await page.getByText('Actions ▾').click();
    await page.getByRole('button', { name: 'Compare with …' }).click();
    await page.getByRole('link', { name: 'The last run that completed' }).click();
    await page.waitForURL(`**/runs/${failed}/compare/${good}`);
    await page.getByText('Their ways part at the task').waitFor();
    const tasks = page.getByRole('region', { name: 'Tasks', exact: true });
    await tasks.getByRole('row').filter({ hasText: 'read' }).getByText('failed').waitFor();
    await tasks.getByRole('row').filter({ hasText: 'read' }).getByText('completed').waitFor();
    await page.getByText('Both were given the same.').waitFor();
    await shot('compare-light');
    await theme('dark');
    await page.getByText('Their ways part at the task').waitFor();
    await shot('compare-dark');
  });
});

test('two runs that are chosen in the list are compared: what each was given, and that they went the same way', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, open, start, api, shot }) => {
    const runs = [await start('greeting', { name: 'Ada' }), await start('greeting', { name: 'Grace' })];
    await expect
      .poll(async () => ((await api('/approvals')).json as { items: unknown[] }).items.length, patience)
      .toBe(2);
    await open('/runs');
    for (const run of runs) {
      const { shortId } = (await api(`/runs/${run}`)).json as { readonly shortId: string };
      await page.getByLabel(`Select ${shortId}`).check();
    }
    await page.getByRole('link', { name: 'Compare', exact: true }).click();
    await page.getByText('Both went the same way so far').waitFor();
    const inputs = page.getByRole('region', { name: 'Different inputs' });
    await inputs.getByText('"Ada"').waitFor();
    await inputs.getByText('"Grace"').waitFor();
    await page.getByLabel('only those').check();
    await page.getByText('Each task came to the same end in both runs.').waitFor();
    await shot('compare-same');

    const [one, other] = runs;
    await api(`/runs/${other}/commands`, { kind: 'reject', task: 'agree', comment: 'too informal' });
    await api(`/runs/${one}/commands`, { kind: 'approve', task: 'agree' });
    await page.getByText('Their ways part at the task').waitFor();
    await page.getByRole('listitem').filter({ hasText: 'too informal' }).waitFor();
    await shot('compare-parted');
  });
});
