// A NOOP completes at once, which makes it a place where ways meet. Method as in fork.test.ts.
import { expect, test } from 'vitest';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

test('a NOOP completes within the event that lets it start, however many follow each other', () => {
  const tasks = Array.from({ length: 50 }, (_, index) =>
    index === 0
      ? '- {id: n0, type: NOOP}'
      : `- {id: n${index}, type: NOOP, depends_on: n${index - 1}, join: all_done}`,
  );
  const run = startedRun(chartOf(tasks.join('\n'))).isIn('COMPLETED');

  expect(run.bodies).toHaveLength(1);
  expect(run.at('n49')).toMatchObject({
    state: 'completed',
    attempt: 0,
    endedAt: '2026-01-01T00:00:00.000Z',
  });
});

test('a NOOP has no output unless it makes one', () => {
  const run = startedRun(
    chartOf(`
      - {id: plain, type: NOOP}
      - {id: made, type: NOOP, depends_on: plain, output: {was: "\${plain.output}"}}
    `),
  );

  expect(run.at('plain').output).toBeUndefined();
  expect(run.at('made').output).toEqual({ was: null });
});

test('a NOOP whose condition cannot be evaluated fails, and may be optional', () => {
  const when = (keys: string) =>
    startedRun(
      chartOf(`- {id: a, uses: noop}\n- {id: n, type: NOOP, depends_on: a, ${keys} when: "a.output.go"}`),
    );
  expect(when('').completes('a', {}).isIn('FAILED').at('n').error?.code).toBe('expression.failed');

  expect(when('optional: true,').completes('a', {}).isIn('COMPLETED').at('n').state).toBe(
    'completed_with_errors',
  );
});
