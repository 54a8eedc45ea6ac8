import { type ReactNode, useId } from 'react';
import { ErrorBoundary } from './error-boundary.tsx';
import { StaleMark, Unloaded } from './unloaded.tsx';

export type PanelProps = {
  readonly title: string;
  readonly children: ReactNode;
  /** At the end of its head: buttons, links. */
  readonly actions?: ReactNode;
  /** Beside the title: a count, a hint. */
  readonly note?: ReactNode;
  readonly isLoading?: boolean;
  /** Why it has nothing to show; `onRetry` asks again. */
  readonly error?: unknown;
  readonly onRetry?: () => void;
  /** Shown in place of the children: what is not there, and what to do about it. */
  readonly empty?: ReactNode;
  /** Without room around what it holds: for tables and lists. */
  readonly isFlush?: boolean;
};

/** A part of a page with a title of its own. What fails inside of it does not take the page down. */
export function Panel(props: PanelProps) {
  const id = useId();

  return (
    <section className="panel" aria-labelledby={id} aria-busy={props.isLoading === true}>
      <header>
        <h2 id={id}>{props.title}</h2>
        {isLoaded(props) && props.note !== undefined && <span className="soft">{props.note}</span>}
        {isLoaded(props) && <StaleMark />}
        {props.actions !== undefined && <span className="end">{props.actions}</span>}
      </header>
      <div className={props.isFlush === true ? 'panel-body flush' : 'panel-body'}>
        <ErrorBoundary>
          <PanelContent {...props} />
        </ErrorBoundary>
      </div>
    </section>
  );
}

/** What has not been loaded is not counted: no number is better than 0. */
function isLoaded({ isLoading, error }: PanelProps): boolean {
  return isLoading !== true && (error === undefined || error === null);
}

function PanelContent(props: PanelProps) {
  const { error, onRetry, empty, children } = props;
  if (!isLoaded(props)) return <Unloaded error={error} onRetry={onRetry} />;
  if (empty !== undefined && empty !== null && empty !== false) return <div className="empty">{empty}</div>;

  return children;
}
