import { useEffect, useRef, useSyncExternalStore } from 'react';
import { isListening, type LiveListener, liveState, onLive, onLiveState } from './live-hub.ts';
import type { LiveState } from './live-state.ts';

/** Calls `listener` with every batch of messages of the event stream while the component is shown. */
export function useLive(listener: LiveListener): void {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => onLive((messages) => latest.current(messages)), []);
}

/** Whether the page is live, behind or reconnecting, and the last position it knows. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(onLiveState, liveState);
}

/** Whether the page hears of what happens, so that nothing is missed between an answer and the stream. */
export function useListening(): boolean {
  return useSyncExternalStore(onLiveState, isListening);
}
