import { openTasks } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { Court } from './court.ts';

/** The runs that are not over, and that nothing keeps from going on. */
export function openRuns(court: Court): readonly Run[] {
  return [...court.dockets()]
    .filter(([id]) => !court.isSetAside(id))
    .map(([, docket]) => docket.run())
    .filter((run) => !isFinal(run.state.status) && !isHeldUp(court, run));
}

/** Whether the run waits for one whose journal is damaged: that is for a person to mend. */
function isHeldUp(court: Court, { state }: Run): boolean {
  const children = [...openTasks(state.tasks)].flatMap(([, { child }]) =>
    child === undefined ? [] : [child.run],
  );
  const orphans = (state.orphans ?? []).map(({ run }) => run);
  const holders =
    state.phase !== 'queued'
      ? []
      : [...court.dockets()]
          .filter(([, other]) => other.run().state.concurrencyKey === state.concurrencyKey)
          .map(([id]) => id);

  return [...children, ...orphans, ...holders].some((id) => {
    const run = court.docket(id)?.run();
    return (
      court.isSetAside(id) ||
      (id !== state.run && run !== undefined && children.includes(id) && isHeldUp(court, run))
    );
  });
}
