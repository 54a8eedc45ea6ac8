import { Component, type ReactNode, useEffect, useRef } from 'react';
import { getSession } from '../api/client.ts';
import { useLiveState } from '../live/use-live.ts';
import { isReloadDue, NotLoaded } from './not-loaded.ts';
import { ProblemNote } from './problem-note.tsx';
import { Unloaded } from './unloaded.tsx';

type Props = { readonly children: ReactNode };
type State = { readonly error: Error | undefined };

/** What cannot be drawn says so in its place; the rest of the page goes on. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(thrown: unknown): State {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    if (error instanceof NotLoaded) return <NotLoadedNote error={error} />;

    return <ProblemNote error={error} onRetry={() => this.setState({ error: undefined })} />;
  }
}

/** In place of a part of the program that did not come: loads the page anew, by itself or when asked to. */
function NotLoadedNote({ error }: { readonly error: NotLoaded }) {
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
  getSession().then(
    () => window.location.reload(),
    () => undefined,
  );
}
