import type { Sighting } from '../../machines/alerts/sighting.ts';
import type { Clock } from '../ports/clock.ts';
import type { FailureTriage } from '../ports/failure-triage.ts';
import type { Workflows } from '../ports/workflows.ts';
import { failureOf, isMuting, keyOf } from '../projections/failure-groups.ts';

/**
 * Whether something that is to be seen is the failure of a run whose group is muted, or the dead letter of the task
 * that it failed by. Runs are read only while something of their definition is muted.
 */
export function createMuted({
  triage,
  workflows,
  clock,
}: {
  readonly triage: Pick<FailureTriage, 'mutes'>;
  readonly workflows: Pick<Workflows, 'view'>;
  readonly clock: Clock;
}): (sighting: Sighting) => Promise<boolean> {
  return async ({ on, run, definition, subject }) => {
    if (run === undefined || (on !== 'run_failed' && on !== 'dead_letter')) return false;
    const nowMs = clock.now();
    const mutes = [...(await triage.mutes())].filter(
      ([, mute]) => mute.definition === definition && nowMs < Date.parse(mute.until),
    );
    if (mutes.length === 0) return false;
    const view = await workflows.view(run);
    // What is under way again is no failure of any group.
    if (view.state.status !== 'FAILED' && view.state.status !== 'TIMED_OUT') return false;
    const failure = failureOf(view);
    if (on === 'dead_letter' && !subject.startsWith(`${run} ${failure.task} `)) return false;
    const key = keyOf(failure);

    return mutes.some(([muted, mute]) => muted === key && isMuting(mute, { ...failure, nowMs }));
  };
}
