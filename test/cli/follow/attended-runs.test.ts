// Runs whose agent has come are taken up by whoever follows another: one that cannot be read keeps no other, and runs
// that wait for no agent use up none of the looks.
import { expect, test } from 'vitest';
import type { Head } from '../../../events/record.ts';
import { takeUpAttended } from '../../../src/cli/follow/attended-runs.ts';
import { toView } from '../../../src/engine/queries/queries.ts';
import type { Workflows } from '../../../src/ports/runs/workflows.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const chart = chartOf('  - { id: paint, assigned_to: PAINTER }');
const view = { ...toView(startedRun(chart).run(), ''), unattended: [] };

/** Runs by id, in the order in which they began, each with who it is with. */
function workflowsOf(runs: Readonly<Record<string, Partial<Head>>>, broken: readonly string[] = []) {
  const active = [{ task: 'paint', status: 'SCHEDULED' }];
  const lines = Object.entries(runs).map(([run, head], at) => ({
    run,
    head: { status: 'RUNNING', active, startedAt: new Date(at * 1_000).toISOString(), ...head },
  }));
  const refuse = (run: string): void => {
    if (broken.includes(run)) throw new Error('it cannot be read');
  };

  return {
    runs: { unfinishedRuns: async () => lines },
    view: async (run: string) => {
      refuse(run);
      return view;
    },
    adopt: async () => 'adopted',
  } as unknown as Workflows;
}

test('a run that cannot be read keeps none of those that began later', async () => {
  const workflows = workflowsOf({ first: { agents: ['PAINTER'] }, second: { agents: ['PAINTER'] } }, [
    'first',
  ]);

  expect(await takeUpAttended(workflows, 'mine')).toEqual(['second']);
});

test('a thousand runs that wait for no agent are not looked at before one that does', async () => {
  const others = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`local-${at}`, {}]));
  const workflows = workflowsOf({ ...others, last: { skills: ['painting'] } });

  expect(await takeUpAttended(workflows, 'mine')).toEqual(['last']);
});
