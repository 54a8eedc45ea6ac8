import { type PointerEvent, useState } from 'react';
import type { Scale, Span } from './timeline-scale.ts';
import { ticks } from './timeline-ticks.ts';
import { dragged, panned, zoomed } from './timeline-zoom.ts';

type AxisProps = {
  readonly scale: Scale;
  readonly whole: Span;
  readonly onSeen: (seen: Span | undefined) => void;
};

const tickCount = 8;
/** Less than this part of the width is a click, and no span. */
const dragMin = 0.01;

/** Times since the run began. Drawing over a part of it brings that part nearer; so do the buttons. */
export function TimelineAxis(props: AxisProps) {
  const { scale, whole } = props;
  const { drawn, onPointerDown, onPointerMove, onPointerUp } = useDrag(props);

  return (
    <div className="timeline-axis">
      <ZoomButtons {...props} />
      <div
        className="timeline-track"
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
      >
        {ticks(scale, { origin: whole.from, count: tickCount }).map(({ x, label }) => (
          <span key={x} className="tick" style={{ left: `${x * 100}%` }}>
            {label}
          </span>
        ))}
        {drawn === undefined ? null : (
          <span
            className="timeline-drawn"
            style={{
              left: `${Math.min(drawn.a, drawn.b) * 100}%`,
              width: `${Math.abs(drawn.a - drawn.b) * 100}%`,
            }}
          />
        )}
      </div>
    </div>
  );
}

function ZoomButtons({ scale, whole, onSeen }: AxisProps) {
  const around = (scale.from + scale.to) / 2;
  const isAll = scale.from <= whole.from && scale.to >= whole.to;
  const ways = [
    { sign: '+', label: 'Bring nearer', to: zoomed(scale, { whole, factor: 0.5, around }) },
    { sign: '−', label: 'Move away', to: zoomed(scale, { whole, factor: 2, around }) },
    { sign: '‹', label: 'Earlier', to: panned(scale, { whole, share: -0.25 }) },
    { sign: '›', label: 'Later', to: panned(scale, { whole, share: 0.25 }) },
    { sign: 'All', label: 'All of the run', to: undefined },
  ];

  return (
    <span className="timeline-zoom">
      {ways.map(({ sign, label, to }) => (
        <button
          key={sign}
          type="button"
          className="quiet"
          aria-label={label}
          disabled={isAll && sign !== '+'}
          onClick={() => onSeen(to)}
        >
          {sign}
        </button>
      ))}
    </span>
  );
}

function useDrag({ scale, whole, onSeen }: AxisProps) {
  const [drawn, setDrawn] = useState<{ readonly a: number; readonly b: number }>();

  return {
    drawn,
    onPointerDown: (event: PointerEvent<HTMLElement>): void => {
      event.currentTarget.setPointerCapture(event.pointerId);
      const x = placeIn(event);
      setDrawn({ a: x, b: x });
    },
    onPointerMove: (event: PointerEvent<HTMLElement>): void => {
      if (drawn !== undefined) setDrawn({ a: drawn.a, b: placeIn(event) });
    },
    onPointerUp: (): void => {
      if (drawn !== undefined && Math.abs(drawn.a - drawn.b) > dragMin) {
        onSeen(dragged(whole, { a: scale.ms(drawn.a), b: scale.ms(drawn.b) }));
      }
      setDrawn(undefined);
    },
  };
}

function placeIn(event: PointerEvent<HTMLElement>): number {
  const box = event.currentTarget.getBoundingClientRect();

  return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
}
