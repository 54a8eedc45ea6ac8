import { ApiProblem } from '../api/client.ts';
import { useLiveState } from '../live/use-live.ts';
import { absoluteText, clockText, untilText } from '../time/format.ts';
import { useNow } from '../time/now.ts';
import { useTimeMode } from '../time/zone.ts';
import { ProblemNote } from './problem-note.tsx';
import { StatusGlyph } from './status/status-glyph.tsx';

export type UnloadedProps = {
  /** Null or undefined while the answer is on its way. */
  readonly error?: unknown;
  readonly onRetry?: (() => void) | undefined;
};

/** In place of what was asked for and is not there: it is on its way, or the engine is gone, or what went wrong. */
export function Unloaded({ error, onRetry }: UnloadedProps) {
  const { status } = useLiveState();
  const isOpen = error === undefined || error === null;
  const retry = onRetry === undefined ? {} : { onRetry };
  if (isUnreachable(error) || (isOpen && status === 'reconnecting')) return <Unreachable {...retry} />;

  return isOpen ? <p className="empty">Loading ...</p> : <ProblemNote error={error} {...retry} />;
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ApiProblem && error.problem.code === 'server.unreachable';
}

/** The header of the page says to those who listen to it that the engine is gone; here it would be said many times. */
function Unreachable({ onRetry }: Pick<UnloadedProps, 'onRetry'>) {
  const { at, retryAtMs } = useLiveState();
  const now = useNow();

  return (
    <div className="problem">
      <span>
        <strong>not loaded: engine unreachable</strong>
        {retryAtMs !== undefined && `, retrying ${untilText(retryAtMs, now)}`}
        {at > 0 && (
          <>
            ; last data <Clock ms={at} />
          </>
        )}
      </span>
      {onRetry !== undefined && (
        <span className="problem-end">
          <button type="button" className="quiet" onClick={onRetry}>
            Try again
          </button>
        </span>
      )}
    </div>
  );
}

/** Beside what was loaded while the engine is gone: how old it is. */
export function StaleMark() {
  const { status, at } = useLiveState();
  if (status !== 'reconnecting' || at === 0) return null;

  return (
    <span className="badge" data-hue="waiting">
      <StatusGlyph glyph="clock" />
      <span>
        stale: as of <Clock ms={at} />
      </span>
    </span>
  );
}

function Clock({ ms }: { readonly ms: number }) {
  const [mode] = useTimeMode();
  const zone = mode === 'utc' ? 'UTC' : undefined;
  const iso = new Date(ms).toISOString();

  return (
    <time dateTime={iso} title={absoluteText(iso, zone)}>
      {clockText(ms, zone)}
    </time>
  );
}
