/**
 * `live`: everything that happens is told as it happens. `behind`: connected, and what was missed is being read.
 * `reconnecting`: the engine is not reached; what is on the screen is as it was at `position`.
 */
export type LiveStatus = 'live' | 'behind' | 'reconnecting';

/** `position`: the place in the journal of all runs up to which this page knows everything; 0 before it was told. */
export type LiveState = { readonly status: LiveStatus; readonly position: number; readonly at: number };

export const startState: LiveState = { status: 'behind', position: 0, at: 0 };

/** The state after something happened to the connection at a time in ms. Positions never go back. */
export function nextState(
  state: LiveState,
  event: 'open' | 'lost' | 'caught-up' | { readonly position: number },
  at: number,
): LiveState {
  if (event === 'lost') return { ...state, status: 'reconnecting' };
  if (event === 'open') return { ...state, status: state.status === 'live' ? 'live' : 'behind' };
  if (event === 'caught-up') return { ...state, status: 'live', at };

  return { status: 'live', position: Math.max(state.position, event.position), at };
}
