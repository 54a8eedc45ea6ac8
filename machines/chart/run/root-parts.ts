import { assign } from 'xstate';
import type { ChartEvent } from '../chart-event.ts';
import type { ConfigPart } from '../config.ts';
import type { RunState } from './run-state.ts';

/** What guards and actions of the root get from XState. */
export type RootArgs = {
  readonly context: { readonly run: RunState };
  readonly event: ChartEvent & { readonly blamed?: string };
};
/** What an event changes in what is known of the run. */
export type RootPatch = (run: RunState, event: RootArgs['event']) => Partial<RunState>;

/** Records that the run entered the phase. */
export function enterPhase(phase: string, status: RunState['status']): ConfigPart {
  return changeRun(() => ({ phase, status }));
}

export function changeRun(patch: RootPatch): ConfigPart {
  return replaceRun((run, event) => ({ ...run, ...patch(run, event) }));
}

/** For a change that leaves something out. */
export function replaceRun(next: (run: RunState, event: RootArgs['event']) => RunState): ConfigPart {
  const action = assign(({ context, event }: RootArgs) => ({ run: next(context.run, event) }));

  return Object.assign(action as unknown as ConfigPart, { next });
}
