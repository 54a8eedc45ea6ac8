import { useEffect, useState } from 'react';
import { TimeText } from '../../../parts/time-text.tsx';
import type { RunPageState } from '../run-view.ts';
import { laterEvent } from './scrub.ts';

/** The time that one event is shown while playing, in ms. */
const playMs = 400;
/** The time the handle has to rest before the run is loaded as of that event. */
const restMs = 60;

/** Sets which event all of the page is seen as of. */
export function Scrubber({ view }: { readonly view: RunPageState }) {
  const { page, url, go } = view;
  const { last } = page;
  const [isPlaying, setPlaying] = usePlaying(view);
  const [drawn, setDrawn] = useDrawn(view);
  const moveBy = (by: number): void => {
    setPlaying(false);
    go({ at: laterEvent(url.at, { by, last }) });
  };

  return (
    <div className="scrubber">
      <button type="button" aria-label="Previous event" disabled={drawn <= 1} onClick={() => moveBy(-1)}>
        ◂
      </button>
      <button
        type="button"
        aria-label={isPlaying ? 'Stop' : 'Play the events one by one'}
        onClick={() => setPlaying(!isPlaying)}
      >
        {isPlaying ? '■' : '▶'}
      </button>
      <button type="button" aria-label="Next event" disabled={url.at === undefined} onClick={() => moveBy(1)}>
        ▸
      </button>
      <Handle drawn={drawn} last={last} onDraw={setDrawn} />
    </div>
  );
}

type HandleProps = {
  readonly drawn: number;
  readonly last: number;
  readonly onDraw: (event: number) => void;
};

function Handle({ drawn, last, onDraw }: HandleProps) {
  return (
    <>
      <input
        type="range"
        aria-label="As of event"
        aria-valuetext={`event ${drawn} of ${last}`}
        min={1}
        max={last}
        value={drawn}
        onChange={(event) => onDraw(Number(event.target.value))}
      />
      <span className="scrub-at">
        event {drawn} of {last}
      </span>
    </>
  );
}

/** The bar that says that this is not how the run is. */
export function PastBar({ view: { page, url, go } }: { readonly view: RunPageState }) {
  if (url.at === undefined) return null;

  return (
    <div className="past-bar" role="status">
      <strong>Viewing the past:</strong> as of event {page.sequence} of {page.last},{' '}
      <TimeText iso={page.updatedAt} />
      <button type="button" onClick={() => go({ at: undefined })}>
        Return to live
      </button>
    </div>
  );
}

function usePlaying({ page: { last }, url, go }: RunPageState) {
  const [isPlaying, setPlaying] = useState(false);
  useEffect(() => {
    if (!isPlaying) return;
    const timer = window.setTimeout(() => {
      // From the end it plays from the beginning.
      const next = url.at === undefined ? 1 : laterEvent(url.at, { by: 1, last });
      go({ at: next });
      if (next === undefined) setPlaying(false);
    }, playMs);

    return () => window.clearTimeout(timer);
  }, [isPlaying, url.at, last, go]);

  return [isPlaying, setPlaying] as const;
}

/** The handle follows the pointer at once; the page follows when it rests. */
function useDrawn({ page: { last }, url, go }: RunPageState) {
  const [moved, setMoved] = useState<number>();
  useEffect(() => {
    if (moved === undefined) return;
    const timer = window.setTimeout(() => {
      go({ at: moved >= last ? undefined : moved });
      setMoved(undefined);
    }, restMs);

    return () => window.clearTimeout(timer);
  }, [moved, last, go]);

  return [moved ?? Math.min(url.at ?? last, last), setMoved] as const;
}
