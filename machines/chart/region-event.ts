import type { ChartEvent } from './chart-event.ts';
import type { RunState, TaskState } from './run/run-state.ts';

/** An event on its way through the chart, with the tasks as they are at this moment of it. */
export type RegionEvent = ChartEvent & {
  /** The run; its tasks are those of the pass that the region is in. */
  readonly run: RunState;
  /** Where the task of the region is. */
  readonly address: string;
};
/** What guards and actions of a region get from XState. */
export type RegionArgs = { readonly context: { readonly task: TaskState }; readonly event: RegionEvent };
export type Guard = (args: RegionArgs) => boolean;
/** What an event changes in what is known of a task, when it enters a state. */
export type Patch = (task: TaskState, event: RegionEvent) => TaskState;
