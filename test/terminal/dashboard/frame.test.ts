// The screen of the terminal dashboard. Method: lines made by hand and a real run; the frame as text without colours.
import { expect, test } from 'vitest';
import { dashboardFrame } from '../../../src/terminal/dashboard/frame.ts';
import type { DashboardState, KnownWorld } from '../../../src/terminal/dashboard/known-runs.ts';
import { createPaint } from '../../../src/terminal/render/paint.ts';
import { widthOf } from '../../../src/terminal/render/width.ts';
import { viewOf } from '../../projections/view-of.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';
import { atFirst, knownOf, lineOf, threeRuns } from './known-runs.ts';

const nowMs = Date.parse('2026-01-01T00:00:12.000Z');

function frame(
  known: KnownWorld,
  state: Partial<DashboardState> = {},
  { columns = 80, rows = 24, ascii = false } = {},
): readonly string[] {
  const paint = createPaint({ colour: false, ascii });

  return dashboardFrame(known, { ...atFirst, ...state }, { paint, nowMs, columns, rows, time: 'relative' });
}

/** A run of two tasks that waits for ana, and its line. */
function waiting(): KnownWorld {
  const view = viewOf(
    startedRun(
      chartOf(
        '- { id: scan, type: NOOP }\n- { id: ok, type: HUMAN, approvers: { names: [ana] }, depends_on: scan }',
      ),
    ),
  );

  return knownOf(
    [lineOf(view.run, { settled: 1, tasks: 2, active: [{ task: 'ok', status: 'PENDING_APPROVAL' }] })],
    {
      view,
    },
  );
}

test.each([
  [80, 24],
  [80, 12],
  [120, 40],
  [200, 60],
  [40, 8],
  [20, 3],
])('fills %i columns and %i rows at most', (columns, rows) => {
  for (const view of ['runs', 'details', 'logs', 'help'] as const) {
    const lines = frame(waiting(), { view }, { columns, rows });
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
  }
});

test('tells how many runs are under way, wait and failed, and how live that is', () => {
  const [header] = frame(knownOf([...threeRuns, lineOf('01e', { status: 'FAILED' })]));
  expect(header).toContain('live event 48');
  expect(header).toContain('1 running  1 waiting  1 failed');
  expect(frame(knownOf([], { isLive: false }))[0]).toContain('reconnecting');
});

test('the marked run is marked, and told with why it waits before its tasks', () => {
  const lines = frame(waiting());
  expect(lines.find((line) => line.startsWith('>'))).toContain('orders v1');
  const why = lines.findIndex((line) => line.includes('waiting for approval by ana'));
  const task = lines.findIndex((line) => line.includes('ok   needs approval'));
  expect(why).toBeGreaterThan(0);
  expect(task).toBeGreaterThan(why);
});

test('a person is never counted into the time that is left', () => {
  const known = { ...waiting(), typical: { ms: 60_000, runs: 38 } };
  expect(frame(known).join('\n')).not.toContain('ETA');
});

test('says when a run will be over by those before it, and by how much it is later', () => {
  const view = viewOf(startedRun(chartOf('- { id: scan, uses: files.scan }')));
  const known = knownOf([lineOf(view.run)], { view });
  expect(frame(known).join('\n')).toContain('ETA -');
  expect(frame({ ...known, typical: { ms: 60_000, runs: 38 } }).join('\n')).toContain(
    'ETA ~48.0s (p50 of 38)',
  );
  expect(frame({ ...known, typical: { ms: 2_000, runs: 3 } }).join('\n')).toContain('ETA +10.0s (p50 of 3)');
});

test('all keys stand at the bottom, whatever they do now', () => {
  expect(frame(knownOf([])).at(-1)).toContain('[R]efresh [D]etails [P]ause [K]ill... [L]ogs [Q]uit');
  const paused = knownOf([lineOf('01c', { status: 'PAUSED' })]);
  expect(frame(paused).at(-1)).toContain('[R]esume');
});

test('without runs it says how to start one; with a filter that fits none, how to see all', () => {
  expect(frame(knownOf([])).join('\n')).toContain('workflow start <definition>');
  expect(frame(knownOf(threeRuns), { filter: 'zzz' }).join('\n')).toContain('none of the 3 runs');
});

test('the dialog names the run whole and what has to be typed', () => {
  const dialog = {
    run: '01bbbbbbbbbbbbbbbbbbbbbbbb',
    definition: 'orders v1',
    typed: 'bb',
    choice: 'keep',
  } as const;
  const text = frame(knownOf(threeRuns), { dialog }).join('\n');
  expect(text).toContain('End the run 01bbbbbbbbbbbbbbbbbbbbbbbb of orders v1?');
  expect(text).toContain('BBBB: bb_');
});

test('a wide terminal shows who carries work out beside the tasks, those nobody is there for first', () => {
  const agents = [
    { name: 'PACKER', workers: 1, running: 1, waiting: 0 },
    { name: 'SCANNER', workers: 0, running: 0, waiting: 6 },
  ];
  const lines = frame({ ...waiting(), agents }, {}, { columns: 140, rows: 30 });
  const [scanner, packer] = ['SCANNER', 'PACKER'].map((name) =>
    lines.findIndex((line) => line.includes(name)),
  );
  expect(lines[scanner ?? -1]).toContain('nobody is there, 6 waiting');
  expect(scanner).toBeLessThan(packer ?? 0);
});

test('of a long name both ends are there, and no worker is told in a word', () => {
  const known = knownOf([lineOf('01c'.padEnd(26, 'c'), { id: 'batch-inventory-validation-v1' })]);
  expect(frame(known).join('\n')).toMatch(/batch-inv\S*…\S+-v1 v1/);
  expect(frame(known, {}, { columns: 120 }).join('\n')).toContain('batch-inventory-validation-v1 v1');
  const agents = [{ name: 'operations_workflow_orchestrator', workers: 0, running: 0, waiting: 0 }];
  const wide = frame({ ...waiting(), agents }, {}, { columns: 120, rows: 40 }).join('\n');
  expect(wide).toMatch(/operat\S+…\S+trator +no worker/);
});

test('only ASCII where nothing else can be shown', () => {
  const text = frame(waiting(), {}, { ascii: true }).join('');
  expect(text.replace(/[█░…·]/g, '')).toMatch(/^[ -~]*$/);
});

test('what the engine says, and what runs are called, stays one line and steers no terminal', () => {
  const odd = 'a\u001b[8m\nb\u202ec';
  const note = { text: odd, isError: true };
  const dialog = { run: odd, definition: odd, typed: '', choice: 'keep' } as const;
  const known = knownOf([lineOf('01c', { id: odd, error: odd })]);
  for (const state of [{ note }, { dialog }]) {
    const lines = frame(known, state);
    expect(lines.join('')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(lines.join('|')).toContain('a[8m bc');
  }
});

test('many tasks: those that tell most stay in sight, and how many more there are is told', () => {
  const tasks = Array.from({ length: 40 }, (_, index) =>
    index === 30 ? '- { id: t30, uses: notify }' : `- { id: t${index}, type: NOOP }`,
  );
  const view = viewOf(startedRun(chartOf(tasks.join('\n'))));
  const text = frame(knownOf([lineOf(view.run)], { view })).join('\n');
  expect(text).toContain('t30');
  expect(text).toMatch(/and \d+ more tasks: D shows all/);
});
