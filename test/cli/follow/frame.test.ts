// What the live display shows when there are more tasks than lines. Method: a real run with many tasks.
import { expect, test } from 'vitest';
import { frameOf } from '../../../src/cli/follow/frame.ts';
import { createPaint } from '../../../src/terminal/render/paint.ts';
import { startMs, viewOf } from '../../projections/view-of.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const paint = createPaint({ colour: false, ascii: false });

test('a line for the run, then one per task, aligned', () => {
  const run = startedRun(
    chartOf('- { id: scan, uses: files.scan }\n- { id: validate, type: NOOP, depends_on: scan }'),
  );
  const frame = frameOf(viewOf(run), { paint, nowMs: startMs + 1_200, columns: 100, rows: 30 });
  expect(frame).toEqual([
    'under-test v1  test-run  ⟳ running  ░░░░░░░░░░░░ 0/2  1.2s',
    '⟳ scan     scheduled',
    '⋯ validate pending',
  ]);
});

test('of many tasks, those under way stay in sight', () => {
  const tasks = Array.from(
    { length: 40 },
    (_, index) => `- { id: t${index}, ${index === 30 ? 'uses: notify' : 'type: NOOP'} }`,
  );
  const frame = frameOf(viewOf(startedRun(chartOf(tasks.join('\n')))), {
    paint,
    nowMs: startMs,
    columns: 80,
    rows: 10,
  });
  expect(frame).toHaveLength(9);
  expect(frame.join('\n')).toContain('⟳ t30');
  expect(frame.at(-1)).toBe('  and 33 more tasks');
});
