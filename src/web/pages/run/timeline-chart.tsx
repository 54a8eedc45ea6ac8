import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import type { Timeline } from '../../../api/run-parts.ts';
import { useKeys } from '../../keys/use-keys.ts';
import { useNow } from '../../time/now.ts';
import type { RunView } from './run-view.ts';
import './timeline.css';
import './timeline-bars.css';
import { TimelineAxis } from './timeline-axis.tsx';
import { type AttemptFilter, type BarView, busyTimes, timelineSpan } from './timeline-bars.ts';
import { TimelineLayers } from './timeline-layers.tsx';
import { RowOfMarks, RowOfTask } from './timeline-row.tsx';
import { type Scale, type Span, timelineScale } from './timeline-scale.ts';
import { BarTip, type Tip } from './timeline-tip.tsx';
import { panned, zoomed } from './timeline-zoom.ts';

type ChartProps = { readonly timeline: Timeline; readonly attempt: AttemptFilter; readonly view: RunView };

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
  const [seen, setSeen] = useState<Span>();
  const whole = timelineSpan(timeline, now);
  const end = whole.to;
  const times = useMemo(() => busyTimes(timeline, end), [timeline, end]);
  const scale = useMemo(
    () => timelineScale(seen ?? { from: whole.from, to: end }, times),
    [seen, whole.from, end, times],
  );

  return { scale, whole, end, setSeen };
}

type Seen = { readonly scale: Scale; readonly whole: Span };

/** `+` and `-` bring it nearer and away, `<` and `>` move it, `0` shows all of it. */
function keyedSpan({ key }: KeyboardEvent, { scale, whole }: Seen): Span | 'all' | undefined {
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
