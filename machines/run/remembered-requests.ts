import type { RunState } from '../compile/run-state.ts';

/** So many requests are remembered: one that comes again comes while its answer is waited for. */
const requestsMax = 32;

/** The run remembers which event a request from outside led to. */
export function withRequest(state: RunState, id: string | undefined, sequence: number): RunState {
  if (id === undefined) return state;

  return { ...state, requests: [...(state.requests ?? []), { id, sequence }].slice(-requestsMax) };
}

/** The event that the request has led to; undefined when it has led to none. */
export function ledTo({ requests = [] }: RunState, id: string | undefined): number | undefined {
  return id === undefined ? undefined : requests.find((request) => request.id === id)?.sequence;
}
