// The terminal dashboard in a real terminal (tmux): keys do what they say, killing asks and is aimed at one run
// whatever moves behind it, and the terminal comes back however the dashboard ends.
import { expect, test } from 'vitest';
import { withTerminal } from './terminal.ts';

const release = `workflow:
  id: release
  version: 1
  tasks:
    - { id: build, run: { command: [node, -e, "console.log('{}')"] } }
    - { id: ok, type: HUMAN, approvers: { names: [ana] }, depends_on: build }
    - { id: ship, type: NOOP, depends_on: ok }
`;
const long = `workflow:
  id: long
  version: 1
  tasks:
    - { id: rest, type: WAIT, duration: 1h }
`;
const definitions = { 'release.yaml': release, 'long.yaml': long };
const dashboard = { definitions, args: () => 'dashboard', env: 'LANG=C.UTF-8' };
const limitMs = 120_000;

test(
  'shows runs live at 80x24; D, L and ? show more and go back; Q leaves the terminal as it was',
  async () => {
    await withTerminal(dashboard, async ({ start, shows, press, modes, screen }, open) => {
      await open();
      await shows('no runs yet');
      expect(await modes()).toEqual({ other: true, cursor: false });
      await start('release.yaml');
      await shows('waiting for approval by ana');
      await press('d');
      await shows('[D] back');
      await press('l');
      await shows('[L] back');
      await press('?');
      await shows('leave; the runs go on');
      await press('Escape');
      await shows('waiting for approval by ana');
      for (const line of (await screen()).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
      await press('q');
      await shows('left with 0');
      expect(await modes()).toEqual({ other: false, cursor: true });
      expect(await screen()).toContain('workflow status 01');
    });
  },
  limitMs,
);

test(
  'P pauses, R resumes once that is confirmed, and an answer given elsewhere shows by itself',
  async () => {
    await withTerminal(dashboard, async ({ start, says, shows, press }, open) => {
      const run = await start('release.yaml');
      await open();
      await shows('waiting for approval by ana');
      await press('p', 'Enter');
      await shows(/paused \(event \d+\)/);
      await press('r', 'Enter');
      await shows(/resumed \(event \d+\)/);
      await says('approve', run, 'ok', '--detach');
      await shows('completed');
      await press('q');
    });
  },
  limitMs,
);

test(
  'K asks for the end of the id, and ends the run it was pressed for, whatever starts meanwhile',
  async () => {
    await withTerminal(dashboard, async ({ start, says, shows, press }, open) => {
      const run = await start('long.yaml');
      await open();
      await shows('> ');
      await shows('long v1');
      await press('K');
      await shows(`End the run ${run}`);
      await press('Enter');
      await shows('[K]ill');
      await press('K', 'Tab', 'Tab', ...run.slice(-4));
      const other = await start('long.yaml');
      await press('Enter');
      await shows(/terminated \(event \d+\)/);
      expect(JSON.parse(await says('show', run, '--json'))).toMatchObject({ status: 'TERMINATED' });
      expect(JSON.parse(await says('show', other, '--json'))).toMatchObject({ status: 'RUNNING' });
      await press('q');
    });
  },
  limitMs,
);

test(
  'goes on when the engine is killed, says so when it is asked, and gives the terminal back',
  async () => {
    await withTerminal(dashboard, async ({ start, startEngine, engine, shows, press, modes }, open) => {
      await start('long.yaml');
      await open();
      await shows('long v1');
      engine().kill('SIGKILL');
      await press('p', 'Enter');
      await shows('asking the engine');
      await startEngine();
      await shows(/paused \(event \d+\)/);
      engine().kill('SIGKILL');
      await press('q');
      await shows('left with 0');
      expect(await modes()).toEqual({ other: false, cursor: true });
    });
  },
  limitMs,
);

test(
  'Ctrl-C leaves as Q does; resizing draws anew; only ASCII where the locale has nothing else',
  async () => {
    const plain = { ...dashboard, env: 'LC_ALL=C' };
    await withTerminal(plain, async ({ start, shows, press, modes, resize, screen }, open) => {
      await start('release.yaml');
      await open();
      await shows('waiting for approval by ana');
      expect(await screen()).toMatch(/^[ -~\n]*$/);
      await resize(130, 35);
      await shows('3OX WORKFLOW MONITOR');
      await resize(60, 14);
      await shows('release v1');
      await press('C-c');
      await shows('left with 0');
      expect(await modes()).toEqual({ other: false, cursor: true });
    });
  },
  limitMs,
);

test(
  'start --watch shows the run on the whole screen, and gives it back with the report',
  async () => {
    const watched = { ...dashboard, args: () => 'start release.yaml --watch' };
    await withTerminal(watched, async ({ shows, modes }, open) => {
      await open();
      await shows('left with 6');
      expect(await modes()).toEqual({ other: false, cursor: true });
      await shows('ok');
    });
  },
  limitMs,
);
