import type { JournalRecord } from '../../../../events/record.ts';
import { localId } from '../../../../machines/compile/address.ts';
import { isFinal } from '../../../../machines/compile/task-status.ts';
import type { RunView } from '../../../ports/workflows.ts';
import { livingTasks, movesByItself } from '../../../projections/movement.ts';
import { placesOf } from '../../../projections/task-order.ts';

/** Tells from record to record whether a run may stand still, so that it need not be folded each time. */
export type Standstill = {
  /** Whether the run may stand still after the record; `view` is asked where the record alone does not tell. */
  readonly after: (record: JournalRecord) => Promise<boolean>;
};

export function createStandstill(view: () => Promise<RunView>): Standstill {
  let moving = new Set<string>();
  let places: ReturnType<typeof placesOf> = new Map();

  function moves(address: string, state: string): boolean {
    return movesByItself(state, places.get(localId(address))?.task);
  }

  async function lookAgain(): Promise<void> {
    const { state, definition } = await view();
    places = placesOf(definition);
    const found = [...livingTasks(state)].filter(([address, task]) => moves(address, task.state));
    moving = new Set(found.map(([address]) => address));
  }

  function take({ data: { transitions } }: JournalRecord): void {
    for (const { task, from, to } of transitions) {
      if (task === undefined) continue;
      if (moves(task, to)) moving.add(task);
      else moving.delete(task);
      if (isOpen(from) && !isOpen(to)) leaveInside(task);
    }
  }

  /** What was inside of a FORK or a loop that ends is given up with it. */
  function leaveInside(task: string): void {
    for (const address of moving) {
      if (address.startsWith(`${task}[`) || address.startsWith(`${task}:`)) moving.delete(address);
    }
  }

  return {
    after: async (record) => {
      const { head, omitted } = record.data;
      // What changes a run as a whole may change any of its tasks.
      if (places.size === 0 || omitted !== undefined || record.type.startsWith('run.')) await lookAgain();
      else take(record);

      return isFinal(head.status) || head.status === 'PAUSED' || moving.size === 0;
    },
  };
}

function isOpen(state: string): boolean {
  return state === 'open' || state === 'looping';
}
