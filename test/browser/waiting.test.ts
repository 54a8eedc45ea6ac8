// 300 runs that wait for ten different things, and two places that say which of them need somebody and why: the first
// screen of Home, and `workflow status`.
import { expect, test } from 'vitest';
import { type Dashboard, patience, withDashboard } from './dashboard.ts';

const each = 30;
const of = (id: string, ...tasks: readonly string[]): string =>
  `workflow:\n  id: ${id}\n  version: 1\n  tasks:\n${tasks.map((task) => `    - {id: act, ${task}}`).join('\n')}\n`;
const hour = 'type: WAIT, duration: 1h';
const definitions = {
  approval: of('approval', 'type: HUMAN, approvers: {names: [ana]}'),
  by_hand: of('by_hand', 'type: WAIT'),
  stranded: of('stranded', 'assigned_to: NOBODY, timeout: 1h'),
  unskilled: of('unskilled', 'requires: [juggling], timeout: 1h'),
  signalled: of('signalled', 'type: WAIT, signal: paid'),
  timed: of('timed', hour),
  parent: of('parent', 'type: SUB_WORKFLOW, workflow: timed'),
  paused: of('paused', hour),
  turns: `workflow:\n  id: turns\n  version: 1\n  concurrency: {max: 1, when_full: queue}\n  tasks:\n    - {id: act, ${hour}}\n`,
  working: of('working', 'run: {command: [sleep, "600"]}, timeout: 1h'),
};

test('of 300 runs that wait for all kinds of things, Home and status say which need somebody, and why', async () => {
  await withDashboard({ definitions, viewport: { width: 1440, height: 900 } }, async (dashboard) => {
    const { page, open, cli, engine, shot } = dashboard;
    await populate(dashboard);
    await open('/');
    const needs = page.getByRole('list', { name: 'Runs that need you' });
    for (const words of told) await needs.getByText(words).first().waitFor();
    const rows = await needs.getByRole('listitem').all();
    for (const row of rows) {
      const { y = 0, height = 0 } = (await row.boundingBox()) ?? {};
      expect(y + height).toBeLessThanOrEqual(900);
    }
    await shot('home-waiting');

    const { stdout, stderr } = await cli('status');
    for (const words of told) expect(stdout).toContain(words);
    for (const status of counted) expect(stdout).toContain(status);
    expect(stderr).toContain('workflow worker NOBODY -- <command>');

    await page.goto('about:blank');
    await engine.kill9();
    await expect.poll(async () => (await cli('status')).stdout, patience).toMatch(/needs an engine \d+/);
  });
});

/** Why, of each kind that needs somebody. */
const told = [
  'waiting for approval',
  'waiting to be completed by hand',
  'paused',
  'no worker is listening for the agent "NOBODY"',
  'no agent offers the skill "juggling"',
];
const counted = [
  `needs approval ${each}`,
  `needs a person ${each}`,
  `needs an agent ${2 * each}`,
  `waits for a signal ${each}`,
  // Those that were started by others wait for it as well.
  `waits for a time ${2 * each + 1}`,
  `waits for a run ${each}`,
  `waits for its turn ${each - 1}`,
  `paused ${each}`,
  `running ${each}`,
];

async function populate({ start, api }: Dashboard): Promise<void> {
  for (const id of Object.keys(definitions)) {
    const runs = await Promise.all(Array.from({ length: each }, () => start(id)));
    if (id !== 'paused') continue;
    for (const run of runs) {
      const { status } = await api(`/runs/${run}/commands`, { kind: 'pauseRun' });
      expect(status).toBeLessThan(300);
    }
  }
}
