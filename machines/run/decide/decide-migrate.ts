import { RunMigrated } from '../../../events/run-events.ts';
import type { RunState } from '../../chart/run/run-state.ts';
import type { Run } from '../run.ts';
import type { Command } from './command.ts';
import { accept, type Decision, refuse } from './decision.ts';

/** Has a run that is under way go on by another version of its definition. */
export function migrateRun(
  run: Run,
  { chart, at, state: given }: Extract<Command, { kind: 'migrateRun' }>,
): Decision {
  const { phase } = run.state;
  const from = run.chart.ref;
  if (chart.ref.id !== from.id)
    return refuse('migrate.other-definition', `the run is one of ${from.id}, not of ${chart.ref.id}`);
  if (chart.ref.hash === from.hash)
    return refuse('migrate.same-version', `the run is on version ${from.version} already`);
  if (chart.ref.version < from.version)
    return refuse(
      'migrate.lower-version',
      `the run is on version ${from.version}: it does not go back to version ${chart.ref.version}`,
    );
  if (phase !== 'running' && phase !== 'paused')
    return refuse(
      'migrate.not-under-way',
      `the run is ${phase}: only one that is running or paused is migrated`,
    );
  const state = given as unknown as RunState;
  if (run.sequence !== at || state.phase !== phase)
    return refuse('migrate.moved-on', `the run moved on after event ${at}: ask again`);

  return accept(RunMigrated.of({ definition: chart.ref, from, state: { ...state } }));
}

/** The run as it takes what a command led to: what migrates it is folded by the version that it goes on by. */
export function runFor(run: Run, command: Command): Run {
  return command.kind === 'migrateRun' ? { ...run, chart: command.chart } : run;
}
