import { assign } from 'xstate';
import type { Announcement } from './chart-event.ts';
import type { ConfigPart } from './config.ts';
import { newAttempt } from './patches.ts';
import type { Guard, Patch, RegionArgs } from './region-event.ts';

/** Records that the task entered `state`, with what the event changes in it. */
export function enter(state: string, patch: Patch = (task) => task): ConfigPart {
  return change((task, event) => ({ ...patch(task, event), state }));
}

/** A new attempt begins when its state is entered. */
export function enterAttempt(state: string): ConfigPart {
  return enter(state, newAttempt);
}

/** Changes what is known of the task without leaving its state. */
export function change(patch: Patch): ConfigPart {
  const action = assign(({ context, event }: RegionArgs) => ({ task: patch(context.task, event) }));

  return Object.assign(action as unknown as ConfigPart, { patch });
}

/** Tells the rest of the chart, within the same event, what became of the task (see transition.ts). */
export function announce(word: Announcement): ConfigPart {
  return { type: word };
}

/** A state in which the task is settled: its dependents are told. */
export function settledState(state: string, patch: Patch): ConfigPart {
  return { entry: [enter(state, patch), announce('settled')] };
}

/** Only the latest attempt may speak for the task. */
export const latest: Guard = ({ context, event }) => {
  const { data } = event.fact;

  return 'attempt' in data && data.attempt === context.task.attempt;
};
