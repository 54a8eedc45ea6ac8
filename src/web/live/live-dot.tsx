import { TimeText } from '../parts/time-text.tsx';
import { useLiveState } from './use-live.ts';

const words = { live: 'live', behind: 'catching up', reconnecting: 'reconnecting' } as const;

/** Whether what is on the screen is what there is, and the last event that it knows. */
export function LiveDot() {
  const { status, position, at } = useLiveState();

  return (
    <span className="live-dot" data-state={status} role="status">
      {words[status]}
      {position > 0 && <span className="hide-narrow">· event {position}</span>}
      {status === 'reconnecting' && at > 0 && (
        <span>
          , as of <TimeText iso={new Date(at).toISOString()} mode="local" />
        </span>
      )}
    </span>
  );
}
