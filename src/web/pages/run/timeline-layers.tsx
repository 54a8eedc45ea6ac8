import { useId } from 'react';
import type { Scale } from './timeline-scale.ts';
import { sinceStart } from './timeline-ticks.ts';

/** Behind and over the bars: where idle time is folded, and where now is. `now` in ms; absent in the past. */
export function TimelineLayers({ scale, now }: { readonly scale: Scale; readonly now: number | undefined }) {
  return (
    <div className="timeline-layers">
      {scale.pieces
        .filter(({ isFolded }) => isFolded)
        .map(({ from, to, x0, x1 }) => (
          <span
            key={from}
            className="fold"
            title={`${sinceStart(to - from)} without work are folded here`}
            style={{ left: `${x0 * 100}%`, width: `${(x1 - x0) * 100}%` }}
          >
            <Zigzag />
          </span>
        ))}
      {now === undefined || now > scale.to ? null : (
        <span className="now" style={{ left: `${scale.x(now) * 100}%` }} />
      )}
    </div>
  );
}

/** The line along which time is left out. */
function Zigzag() {
  const id = useId();

  return (
    <svg aria-hidden="true" width="10" height="100%">
      <defs>
        <pattern id={id} width="10" height="16" patternUnits="userSpaceOnUse">
          <path d="M1,0 L9,8 L1,16" fill="none" stroke="currentColor" strokeWidth="1.2" />
        </pattern>
      </defs>
      <rect width="10" height="100%" fill={`url(#${id})`} />
    </svg>
  );
}
