// All tabs of a browser hear of events over one connection, and go on hearing when the tab that had it is closed.
import { expect, test } from 'vitest';
import { withDashboard } from './dashboard.ts';
import { greeting } from './definitions.ts';

test('two tabs share one stream, and the second goes on when the first is closed', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, context, url, open, start }) => {
    const streams: string[] = [];
    context.on('request', (request) => {
      if (request.url().includes('/api/v1/stream')) streams.push(request.url());
    });
    await start('greeting', { name: 'first' });
    await open('/runs');
    await page.getByText('needs approval').first().waitFor();
    const other = await context.newPage();
    await other.goto(`${url}/runs`);
    await other.getByText('1 of 1').waitFor();
    expect(streams).toHaveLength(1);
    await start('greeting', { name: 'second' });
    await other.getByRole('button', { name: '1 new, show' }).waitFor();

    await page.close();
    await expect.poll(() => streams.length).toBe(2);
    expect(streams[1]).toMatch(/[?&]after=[1-9]/);
    await start('greeting', { name: 'third' });
    await other.getByRole('button', { name: '2 new, show' }).waitFor();
    await other.getByText('live').first().waitFor();
  });
});
