import { useEffect, useRef } from 'react';
import { getJson } from '../api/client.ts';
import { useLiveState } from '../live/use-live.ts';
import { isReloadDue, type NotLoaded } from './not-loaded.ts';
import { Unloaded } from './unloaded.tsx';

/** In place of a part of the program that did not come: loads the page anew, by itself or when asked to. */
export function NotLoadedNote({ error }: { readonly error: NotLoaded }) {
  const isGone = useLiveState().status === 'reconnecting';
  const wasGone = useRef(false);
  useEffect(() => {
    wasGone.current ||= isGone;
    if (isReloadDue(error.reloading, { isGone, wasGone: wasGone.current })) reloadOnceReached();
  }, [error, isGone]);

  return isGone ? <Unloaded /> : <Unloaded error={error} onRetry={reloadOnceReached} />;
}

/** Not while nobody answers: the browser would put a page of its own in place of this one. */
function reloadOnceReached(): void {
  getJson<unknown>(['session']).then(
    () => window.location.reload(),
    () => undefined,
  );
}
