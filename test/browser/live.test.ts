// All tabs of a browser hear of events over one connection, and go on hearing when the tab that had it is closed.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { patience, withDashboard } from './dashboard.ts';
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
    await expect.poll(() => streams.length, patience).toBe(2);
    expect(streams[1]).toMatch(/[?&]after=[1-9]/);
    await start('greeting', { name: 'third' });
    await other.getByRole('button', { name: '2 new, show' }).waitFor();
    await other.getByText('live').first().waitFor();
  });
});

const talk = `workflow:
  id: talk
  version: 1
  tasks:
    - id: slow
      timeout: 5m
      run: {shell: sh, command: ['n=0; while [ ! -e go ]; do n=$((n+1)); echo "word $n" >&2; sleep 0.3; done; echo last words >&2']}
`;

test('the Logs show what a command prints while it runs, and each line once when it has ended', async () => {
  await withDashboard({ definitions: { talk } }, async ({ page, project, open, start }) => {
    const run = await start('talk');
    await open(`/runs/${run}?tab=logs`);
    const log = page.getByLabel('Log lines');
    await log.waitFor();
    await log
      .getByText(/^stderr: word \d+$/)
      .first()
      .waitFor();
    expect(await page.title()).toContain('running');
    await writeFile(join(project, 'go'), '');
    await log.getByText('stderr: last words').waitFor();
    await expect.poll(() => page.title(), patience).not.toContain('running');
    await expect.poll(() => log.getByText('stderr: last words').count(), patience).toBe(1);
  });
});

const commands = 40;

test('what is asked of a run shows on its page by itself, pause after resume', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, api, open, start }) => {
    const run = await start('greeting', { name: 'Ada' });
    await open(`/runs/${run}`);
    await page.getByText('needs approval').first().waitFor();
    const tookMs: number[] = [];
    for (let index = 0; index < commands; index += 1) {
      const [kind, word] = index % 2 === 0 ? ['pauseRun', 'paused'] : ['resumeRun', 'needs approval'];
      const { status } = await api(`/runs/${run}/commands`, { kind });
      const from = performance.now();
      expect(status).toBe(200);
      await expect.poll(() => page.title(), { ...patience, interval: 5 }).toContain(word);
      tookMs.push(performance.now() - from);
    }
    const [p50, p95] = [0.5, 0.95].map(
      (part) => [...tookMs].sort((a, b) => a - b)[Math.ceil(commands * part) - 1],
    );
    process.stdout.write(
      `event to screen, ${commands} times: p50 ${p50?.toFixed(0)} ms, p95 ${p95?.toFixed(0)} ms\n`,
    );
  });
});
