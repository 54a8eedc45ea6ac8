// The grid of runs with one definition that is busy, and three that hardly run: each has its row.
import { expect, test } from 'vitest';
import { patience, withDashboard } from './dashboard.ts';

const of = (id: string): string =>
  `workflow:\n  id: ${id}\n  version: 1\n  tasks:\n    - {id: hold, type: WAIT, signal: go}\n`;
const quiet = ['alpha', 'beta', 'gamma'];

test('of a definition with 300 runs the grid has the latest 20, and of three others all of theirs', async () => {
  const definitions = Object.fromEntries(['busy', ...quiet].map((id) => [id, of(id)]));
  await withDashboard({ definitions }, async ({ page, open, start, api, shot }) => {
    const few = await Promise.all(quiet.map((id) => start(id)));
    await Promise.all(Array.from({ length: 300 }, () => start('busy')));
    await expect.poll(async () => (await api('/runs?limit=1')).json, patience).toMatchObject({ total: 303 });
    await open('/runs?view=grid');
    const row = (id: string) =>
      page.getByRole('row').filter({ has: page.getByRole('button', { name: id, exact: true }) });
    await row('busy').getByRole('link').first().waitFor();
    expect(await row('busy').getByRole('link', { name: /run/ }).count()).toBe(20);
    for (const id of quiet) expect(await row(id).getByRole('link').count()).toBe(1);
    await shot('runs-grid-busy');

    const [alpha] = few;
    await api(`/runs/${alpha}/commands`, { kind: 'pauseRun' });
    await row('alpha')
      .getByRole('link', { name: /^paused/ })
      .waitFor();
    await start('beta');
    await page.getByRole('button', { name: '1 new, show' }).click();
    await expect.poll(() => row('beta').getByRole('link').count(), patience).toBe(2);

    await row('busy').getByRole('link', { name: 'all 300' }).click();
    await page.getByText('300 of 304').waitFor();
  });
});

test('of very many definitions the grid shows twenty, and more when they are asked for', async () => {
  const ids = Array.from({ length: 23 }, (_, at) => `flow-${String(at).padStart(2, '0')}`);
  const definitions = Object.fromEntries(ids.map((id) => [id, of(id)]));
  await withDashboard({ definitions }, async ({ page, open, start }) => {
    for (const id of ids) await start(id);
    await open('/runs?view=grid');
    await page.getByRole('button', { name: 'flow-19', exact: true }).waitFor();
    expect(await page.getByRole('button', { name: /^flow-/ }).count()).toBe(20);
    await page.getByRole('button', { name: 'Show more of 23 definitions' }).click();
    await page.getByRole('button', { name: 'flow-22', exact: true }).waitFor();
    expect(await page.getByRole('button', { name: /^flow-/ }).count()).toBe(23);
  });
});
