import type { Fact } from '../../events/catalogue.ts';

/** A fact as the chart takes it, with the time it happened (ISO 8601, UTC) and who caused it. */
export type ChartEvent = {
  readonly type: string;
  readonly fact: Fact;
  readonly time: string;
  readonly actor: string;
};

/** What the regions tell each other within one event, about the task named behind the word. */
export type Announcement = 'settled' | 'recover' | 'sunk';

/** The descriptor a fact has in the chart: facts about a task end in its id, so that only its region looks at them. */
export function descriptorOf(fact: Fact): string {
  if (fact.type === 'timer.fired') {
    const { timer, task } = fact.data;
    return task === undefined ? `timer.fired.${timer}` : `timer.fired.${timer}.${task}`;
  }

  return 'task' in fact.data ? `${fact.type}.${fact.data.task}` : fact.type;
}
