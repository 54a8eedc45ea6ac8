/**
 * `live`: everything that happens is told as it happens. `behind`: connected, and what was missed is being read.
 * `reconnecting`: the engine is not reached; what is on the screen is as it was at `position`.
 */
export type LiveStatus = 'live' | 'behind' | 'reconnecting';

/**
 * `position`: the place in the journal of all runs up to which this page knows everything; 0 before it was told. `at`:
 * when the page was last known to be so, 0 before it ever was. `retryAtMs`: when it is tried to reach the engine again,
 * while it is not reached.
 */
export type LiveState = {
  readonly status: LiveStatus;
  readonly position: number;
  readonly at: number;
  readonly retryAtMs?: number;
};

export const startState: LiveState = { status: 'behind', position: 0, at: 0 };

/** The state after something happened to the connection at a time in ms. Positions never go back. */
export function nextState(
  { retryAtMs: _again, ...state }: LiveState,
  event: 'open' | 'caught-up' | { readonly position: number } | { readonly retryAtMs: number },
  at: number,
): LiveState {
  if (event === 'open') return { ...state, status: state.status === 'live' ? 'live' : 'behind' };
  if (event === 'caught-up') return { ...state, status: 'live', at };
  if ('retryAtMs' in event) {
    // Until the connection was lost the page was as everything was.
    return { ...state, ...event, status: 'reconnecting', at: state.status === 'live' ? at : state.at };
  }

  return { status: 'live', position: Math.max(state.position, event.position), at };
}
