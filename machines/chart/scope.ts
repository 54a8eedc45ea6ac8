import type { Chart } from './chart.ts';
import type { Announcement, ChartEvent } from './chart-event.ts';
import type { Orphan, RunState, TaskState } from './run/run-state.ts';

/** What one event has led to so far (see dispatch.ts). */
export type Way = {
  readonly chart: Chart;
  readonly before: RunState;
  readonly event: ChartEvent;
  /** The changed tasks in their present state, by address, in the order of their changes. */
  readonly changed: Map<string, TaskState>;
  readonly orphans: Orphan[];
  /** The addresses of tasks that were done and can be undone. */
  readonly undoable: string[];
  /** The address of the task whose attempts are used up. */
  exhausted?: string;
  /** The run is over: why, and by which task. */
  end?: { readonly type: 'sunk' | 'ended'; readonly blamed: string };
};

export type AnnouncementOf = { readonly word: Announcement; readonly id: string };

/** The tasks of the run, or of one pass. One draft for each event, not for every region. */
export type ChartScope = {
  readonly way: Way;
  readonly tasks: Record<string, TaskState>;
  /** The run as the regions of this level see it. */
  readonly run: RunState;
  /** The prefix of the tasks' addresses; empty for tasks of the run itself. */
  readonly prefix: string;
  readonly told: AnnouncementOf[];
  /** Bodies with passes that were opened and not entered yet: by the id of their task, the first of these passes. */
  readonly opening: Map<string, number>;
  /** The task that ends the pass by its failure. */
  sunk?: string;
};
