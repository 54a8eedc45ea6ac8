import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type PointerEvent, useId, useMemo, useRef, useState } from 'react';
import type { Timeline } from '../../../../api/run-parts.ts';
import { useKeys } from '../../../keys/use-keys.ts';
import { useNow } from '../../../time/now.ts';
import type { RunPageState } from '../run-view.ts';
import '../timeline.css';
import '../timeline-bars.css';
import { type AttemptFilter, type BarView, busyTimes, timelineSpan } from './timeline-bars.ts';
import { BarTip, RowOfMarks, RowOfTask, type Tip } from './timeline-row.tsx';
import { dragged, panned, type Scale, type ScaleSpan, timelineScale, zoomed } from './timeline-scale.ts';
import { sinceStart, ticks } from './timeline-ticks.ts';

const tickCount = 8;
/** Less than this part of the width is a click, and no span. */
const dragMin = 0.01;

type ChartProps = {
  readonly timeline: Timeline;
  readonly attempt: AttemptFilter;
  readonly view: RunPageState;
};

const rowHeight = 30;

/** The picture: names stay at the left, the axis on top, only the rows in view are drawn. */
export function TimelineChart({ timeline, attempt, view }: ChartProps) {
  const { scale, whole, end, setSeen } = useScale(timeline);
  const [tip, setTip] = useState<Tip>();
  const frame = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: timeline.rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  });
  const bars: BarView = { scale, end, attempt };
  // Also of a bar that is only pointed at, while the focus is elsewhere.
  useKeys(
    tip === undefined
      ? []
      : [{ keys: 'Escape', what: 'hide what is said of a bar', act: () => setTip(undefined) }],
  );
  const onKeyDown = (event: KeyboardEvent): void => {
    moveAlong(event);
    const next = keyedSpan(event, { scale, whole });
    if (next === undefined) return;
    event.preventDefault();
    setSeen(next === 'all' ? undefined : next);
  };

  return (
    <section className="timeline" aria-label="Timeline" onKeyDown={onKeyDown}>
      <TimelineAxis scale={scale} whole={whole} onSeen={setSeen} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard. */}
      <section ref={frame} className="timeline-frame" tabIndex={0} aria-label="Rows of the timeline">
        <RowOfMarks marks={timeline.marks} bars={bars} view={view} onTip={setTip} />
        <div className="timeline-rows" style={{ height: rows.getTotalSize() }}>
          <TimelineLayers scale={scale} now={timeline.isOver || view.page.isPast ? undefined : end} />
          {rows.getVirtualItems().map(({ index, start }) => {
            const row = timeline.rows[index];

            return row === undefined ? null : (
              <RowOfTask key={row.id} row={row} top={start} bars={bars} view={view} onTip={setTip} />
            );
          })}
        </div>
      </section>
      <BarTip tip={tip} />
    </section>
  );
}

/** What is seen of the run: all of it, growing with the clock, until somebody brought a part nearer. */
function useScale(timeline: Timeline) {
  const now = useNow();
  const [seen, setSeen] = useState<ScaleSpan>();
  const whole = timelineSpan(timeline, now);
  const end = whole.to;
  const times = useMemo(() => busyTimes(timeline, end), [timeline, end]);
  const scale = useMemo(
    () => timelineScale(seen ?? { from: whole.from, to: end }, times),
    [seen, whole.from, end, times],
  );

  return { scale, whole, end, setSeen };
}

type Seen = { readonly scale: Scale; readonly whole: ScaleSpan };

/** `+` and `-` bring it nearer and away, `<` and `>` move it, `0` shows all of it. */
function keyedSpan({ key }: KeyboardEvent, { scale, whole }: Seen): ScaleSpan | 'all' | undefined {
  const around = (scale.from + scale.to) / 2;
  switch (key) {
    case '+':
      return zoomed(scale, { whole, factor: 0.5, around });
    case '-':
      return zoomed(scale, { whole, factor: 2, around });
    case '<':
      return panned(scale, { whole, share: -0.25 });
    case '>':
      return panned(scale, { whole, share: 0.25 });
    case '0':
      return 'all';
    default:
      return undefined;
  }
}

/** The arrow keys move along the bars and marks of a row. */
function moveAlong(event: KeyboardEvent): void {
  const { key, target } = event;
  if ((key !== 'ArrowRight' && key !== 'ArrowLeft') || !(target instanceof HTMLButtonElement)) return;
  const all = [...(target.closest('.timeline-row')?.querySelectorAll('button') ?? [])];
  all[all.indexOf(target) + (key === 'ArrowRight' ? 1 : -1)]?.focus();
  event.preventDefault();
}

type AxisProps = {
  readonly scale: Scale;
  readonly whole: ScaleSpan;
  readonly onSeen: (seen: ScaleSpan | undefined) => void;
};

/** Times since the run began. Drawing over a part of it brings that part nearer; so do the buttons. */
function TimelineAxis(props: AxisProps) {
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
    { sign: '+', label: 'Zoom in', to: zoomed(scale, { whole, factor: 0.5, around }) },
    { sign: '−', label: 'Zoom out', to: zoomed(scale, { whole, factor: 2, around }) },
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

/** Behind and over the bars: where idle time is folded, and where now is. `now` in ms; absent in the past. */
function TimelineLayers({ scale, now }: { readonly scale: Scale; readonly now: number | undefined }) {
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
