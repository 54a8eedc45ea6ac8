import type { JournalRecord } from '../../../events/record.ts';
import { localId } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { livingTasks, movesByItself, waitsForAgent } from '../../projections/run/movement.ts';
import { placesOf } from '../../projections/task/task-order.ts';

/** `queued`: nothing would move the run but tasks that agents have to begin. */
export type Motion = 'moving' | 'queued' | 'still';

/** Tells from record to record whether a run may stand still, so that it need not be folded each time. */
export type Standstill = {
  /** How the run is after the record, as far as that can be told; `view` is asked where the record alone does not. */
  readonly after: (record: JournalRecord) => Promise<Motion>;
};

export function createStandstill(view: () => Promise<RunView>): Standstill {
  /** With whether they wait for an agent. */
  const moving = new Map<string, boolean>();
  let places: ReturnType<typeof placesOf> = new Map();

  function note(address: string, state: string): void {
    const task = places.get(localId(address))?.task;
    if (movesByItself(state, task)) moving.set(address, waitsForAgent(state, task));
    else moving.delete(address);
  }

  async function lookAgain(): Promise<void> {
    const { state, definition } = await view();
    places = placesOf(definition);
    moving.clear();
    for (const [address, task] of livingTasks(state)) note(address, task.state);
  }

  function take({ data: { transitions } }: JournalRecord): void {
    for (const { task, from, to } of transitions) {
      if (task === undefined) continue;
      note(task, to);
      if (isOpen(from) && !isOpen(to)) leaveInside(task);
    }
  }

  /** What was inside of a FORK or a loop that ends is given up with it. */
  function leaveInside(task: string): void {
    for (const address of moving.keys()) {
      if (address.startsWith(`${task}[`) || address.startsWith(`${task}:`)) moving.delete(address);
    }
  }

  return {
    after: async (record) => {
      const { head, omitted } = record.data;
      // What changes a run as a whole may change any of its tasks.
      if (places.size === 0 || omitted !== undefined || record.type.startsWith('run.')) await lookAgain();
      else take(record);

      if (isFinal(head.status) || head.status === 'PAUSED' || moving.size === 0) return 'still';

      return [...moving.values()].every((isQueued) => isQueued) ? 'queued' : 'moving';
    },
  };
}

function isOpen(state: string): boolean {
  return state === 'open' || state === 'looping';
}
