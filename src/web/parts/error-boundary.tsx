import { Component, type ReactNode } from 'react';
import { NotLoaded } from './not-loaded.ts';
import { NotLoadedNote } from './not-loaded-note.tsx';
import { ProblemNote } from './problem-note.tsx';

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
