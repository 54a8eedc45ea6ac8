import { localId } from '../../machines/compile/address.ts';
import { openTasks } from '../../machines/compile/task-at.ts';
import { isFinal } from '../../machines/compile/task-status.ts';
import type { Run } from '../../machines/run/run.ts';
import type { Roster } from '../ports/roster.ts';
import { agentFor, isOfAgent } from './agent-task.ts';
import { agentWait } from './agent-waits.ts';
import { lostHolderWait } from './lost-holder.ts';

/** The tasks that wait for an agent while nobody is there who could begin them, or begin them again, by address. */
export function unattendedTasks({ chart, state: { tasks } }: Run, roster: Roster): readonly string[] {
  // The items of a FORK ask the same: a thousand of them have one answer.
  const known = new Map<string, boolean>();

  return [...openTasks(tasks)].flatMap(([address, state]) => {
    const task = chart.plan.get(localId(address))?.task;
    if (task === undefined || !isOfAgent(task)) return [];
    if (state.state !== 'scheduled' && state.state !== 'in_progress') return [];
    const holder = state.state === 'in_progress' ? state.worker : undefined;
    const key = JSON.stringify([task.id, agentFor(task, state), state.state, holder]);
    const wait = state.state === 'scheduled' ? agentWait : lostHolderWait;
    const isUnattended = known.get(key) ?? wait(task, state, roster)?.unattended === true;
    known.set(key, isUnattended);

    return isUnattended ? [address] : [];
  });
}

/** Whether who is there makes a difference to what is told of the run. */
export function waitsForAgent({ chart, state }: Run): boolean {
  if (isFinal(state.status)) return false;
  for (const [address, task] of openTasks(state.tasks)) {
    const { state: at } = task;
    const place = chart.plan.get(localId(address));
    if ((at === 'scheduled' || at === 'in_progress') && place !== undefined && isOfAgent(place.task))
      return true;
  }

  return false;
}
