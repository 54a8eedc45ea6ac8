import { taskAt } from '../../../machines/chart/task-at.ts';
import type { Setting } from '../world/setting.ts';

/** What lies in the queues of agents although its attempt is over. */
export function staleItems({ court, work }: Setting): ReturnType<Setting['work']['shelf']['left']> {
  return work.shelf.left().filter(({ key }) => {
    const [run = '', task = '', attempt = ''] = key.split(/\/(.*)\/(?=\d+$)/);
    const docket = court.docket(run);
    if (docket === undefined || court.isSetAside(run)) return false;
    const state = taskAt(docket.run().state, task);

    return (
      state?.attempt !== Number(attempt) || (state.state !== 'scheduled' && state.state !== 'in_progress')
    );
  });
}
