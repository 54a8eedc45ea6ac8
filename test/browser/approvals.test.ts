// Answers of people: what has to be said with them, whom they are handed to, and where nothing is answered.
import { expect, test } from 'vitest';
import { patience, withDashboard } from './dashboard.ts';
import { greeting, waiting } from './definitions.ts';

test('a rejection needs a word of why, which stands in the journal with the name of who gave it', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, open, start, url, shot }) => {
    const run = await start('greeting', { name: 'Ada' });
    await open(`/approvals/${run}/agree`);
    const reject = page.getByRole('button', { name: 'Reject' });
    await reject.waitFor();
    expect(await reject.isDisabled()).toBe(true);
    await page.getByLabel('Comment').fill('too informal');
    await reject.click();
    await page.getByText('Nothing is waiting for an answer').waitFor();
    await shot('approval-rejected');
    const journal = await page.request.get(`${url}/api/v1/runs/${run}/export`);
    expect(await journal.text()).toMatch(/ana.*too informal/);
  });
});

test('an answer is handed over to somebody else', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, open, start, shot }) => {
    const run = await start('greeting', { name: 'Ada' });
    await open(`/approvals/${run}/agree`);
    await page.getByRole('button', { name: 'Delegate ...' }).click();
    await page.getByLabel('To whom').fill('grace');
    await shot('approval-delegate');
    await page.getByRole('button', { name: 'Hand over', exact: true }).click();
    await page.getByText('handed over to grace').waitFor();
  });
});

test('somebody goes away, names who answers in their place, and is back', async () => {
  await withDashboard({ definitions: { greeting } }, async ({ page, open, shot, api }) => {
    await open('/approvals');
    await page.getByRole('button', { name: 'I am away ...' }).click();
    await page.getByLabel('Who answers').fill('grace');
    await page.getByLabel('Last day').fill(new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10));
    await shot('approval-away');
    await page.getByRole('button', { name: 'I am away', exact: true }).click();
    await page.getByText(/ana is away until .*; grace answers in their place/).waitFor();
    expect((await api('/absences')).json).toMatchObject({
      items: [{ who: 'ana', to: 'grace', state: 'away' }],
    });
    await page.getByRole('button', { name: 'I am back' }).click();
    await page.getByText('grace answers in their place').waitFor({ state: 'detached' });
  });
});

test('a change is asked for, the task is done again with the comment, and the approval is asked anew', async () => {
  const article = `workflow:
  id: article
  version: 1
  input: { required: [topic] }
  tasks:
    - id: write
      run: { command: [node, -e, "console.log(JSON.stringify({ text: process.argv[1] }))", "\${workflow.input.topic} \${change.comment}"] }
      output: [text]
    - { id: review, name: Read the article, type: HUMAN, depends_on: write, show: [topic], on_change: write }
`;
  await withDashboard({ definitions: { article } }, async ({ page, open, start, api, shot }) => {
    const run = await start('article', { topic: 'tea' });
    await open('/approvals');
    await page.getByText('topic tea').waitFor();
    await page.getByRole('link', { name: 'Read the article' }).click();
    const change = page.getByRole('button', { name: 'Ask for a change' });
    await change.waitFor();
    expect(await change.isDisabled()).toBe(true);
    await page.getByLabel('Comment').fill('green tea, please');
    await change.click();
    await page.getByText('asked for a change: green tea, please').waitFor();
    await page.getByText('tea green tea, please').waitFor();
    await shot('approval-changed');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await expect
      .poll(async () => (await api(`/runs/${run}`)).json, patience)
      .toMatchObject({ status: 'COMPLETED' });
  });
});

test('a read-only dashboard shows everything, answers nothing and starts nothing', async () => {
  await withDashboard({ definitions: { greeting }, serve: ['--read-only'] }, async ({ page, open, cli }) => {
    await cli('start', 'greeting', '--name', 'Ada', '--detach');
    await open('/approvals');
    await page.getByRole('link', { name: 'Agree to the greeting' }).click();
    await page.getByText('read-only', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true);
    await open('/start/greeting');
    await page.getByText('This dashboard is read-only:').waitFor();
    expect(await page.getByRole('button', { name: 'Start the run' }).isDisabled()).toBe(true);
  });
});

test('approvals of the same task are approved together; the page of one of them leaves them chosen', async () => {
  const definitions = { greeting, waiting };
  await withDashboard({ definitions }, async ({ page, open, start, api, shot }) => {
    const runs = [await start('greeting', { name: 'Ada' }), await start('greeting', { name: 'Grace' })];
    await start('waiting');
    await expect
      .poll(async () => ((await api('/approvals')).json as { items: unknown[] }).items.length, patience)
      .toBe(3);
    await open('/approvals');
    const ticks = page.getByLabel(/^Choose Agree to the greeting/);
    await expect.poll(() => ticks.count(), patience).toBe(2);
    await ticks.first().check();
    await expect.poll(() => page.getByLabel(/^Choose agree of/).isDisabled(), patience).toBe(true);
    await page.getByRole('link', { name: 'Agree to the greeting' }).last().click();
    await page.getByText('Written by the tasks of this run').waitFor();
    await ticks.last().check();
    await page.getByText('2 chosen').waitFor();
    await shot('approvals-chosen');
    await page.getByRole('button', { name: 'Approve 2 ...' }).click();
    await page.getByLabel('Reason (optional)').fill('both are fine');
    await page.getByRole('dialog').getByRole('button', { name: 'Approve 2', exact: true }).click();
    await expect.poll(() => ticks.count(), patience).toBe(0);
    for (const run of runs)
      await expect
        .poll(async () => (await api(`/runs/${run}`)).json, patience)
        .toMatchObject({ status: 'COMPLETED' });
    await expect.poll(() => page.getByLabel(/^Choose agree of/).isDisabled(), patience).toBe(false);
  });
});
