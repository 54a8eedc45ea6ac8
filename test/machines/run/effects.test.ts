// The work that a run asks for, derived from its state alone. That every event asks for what became open by it is
// checked after every event of every test (test/support/witness.ts).
import { expect, test } from 'vitest';
import { effectsOfChanged } from '../../../machines/run/effects.ts';
import { chartOf } from '../../support/chart-of.ts';
import { ended, names } from '../../support/child-runs.ts';
import { startedRun } from '../../support/run-spec.ts';

test('what only expressions make is evaluated; what is also written to a file is carried out', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop}
      - {id: pure, type: TRANSFORM, depends_on: a, output: {n: 1}}
      - {id: filed, type: TRANSFORM, depends_on: a, output: {n: 1}, output_to: out.json}
    `),
  ).completes('a');

  expect(run.statuses()).toMatchObject({ pure: 'COMPLETED' });
  expect(run.effects()).toEqual(['filed#1']);
});

test('a task in a pass that was given up asks for nothing', () => {
  const run = startedRun(
    chartOf(`
      - {id: all, type: FORK, for_each: "\${[1, 2]}", optional: true, tasks: [{id: t, uses: noop}]}
      - {id: after, uses: noop, depends_on: all}
    `),
  ).fails('all[0].t');

  expect(run.effects()).toEqual(['after#1']);
  expect(effectsOfChanged(run.run(), ['all[1].t', 'nobody'])).toEqual([]);
});

test('a paused run asks only for the end of what it gave up, and a run that is over for nothing', () => {
  const run = startedRun(chartOf('- {id: sub, type: SUB_WORKFLOW, workflow: c}\n- {id: a, uses: noop}'))
    .does(names('sub', 'c1'))
    .does({ kind: 'pauseRun' });
  expect(run.effects()).toEqual([]);
  expect(run.does({ kind: 'skipTask', task: 'sub' }).effects()).toEqual(['cancel c1']);

  run.does(ended('sub', 'c1')).does({ kind: 'terminateRun' }).isIn('TERMINATED');
  expect(run.effects()).toEqual([]);
});
