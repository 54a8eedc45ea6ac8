import type { Timeline, TimelineRow } from '../../../../api/run-parts.ts';
import { StatusGlyph } from '../../../parts/status/status-glyph.tsx';
import { statusLook } from '../../../parts/status/status-look.ts';
import { barHue, barLines, nameInside } from '../bar-text.ts';
import type { RunPageState } from '../run-view.ts';
import { type BarView, type PlacedBar, placedBars } from './timeline-bars.ts';

const widthMax = 340;

type Mark = Timeline['marks'][number];

type Shared = {
  readonly bars: BarView;
  readonly view: RunPageState;
  readonly onTip: (tip: Tip | undefined) => void;
};

type RowOfTaskProps = Shared & { readonly row: TimelineRow; readonly top: number };

/** One task: its name, its bars and its marks. */
export function RowOfTask({ row, top, bars, view, onTip }: RowOfTaskProps) {
  const look = statusLook(row.status);
  const isSelected = view.url.task === row.id;

  return (
    <div className="timeline-row" data-selected={isSelected} style={{ transform: `translateY(${top}px)` }}>
      <button
        type="button"
        className="timeline-name"
        aria-pressed={isSelected}
        title={`${row.id}, ${row.type}, ${look.word}`}
        style={{ paddingLeft: 8 + row.depth * 12 }}
        onClick={() => view.go({ task: isSelected ? undefined : row.id })}
      >
        <span className="badge" data-hue={look.hue}>
          <StatusGlyph glyph={look.glyph} />
        </span>
        <span className="timeline-id" aria-hidden="true">
          {nameInside(row)}
        </span>
        <span className="sr-only">
          {row.id} {look.word}
        </span>
      </button>
      <div className="timeline-track">
        {placedBars(row, bars).map((placed) => (
          <Bar
            key={placed.bar.fromEvent + placed.bar.kind}
            placed={placed}
            row={row}
            {...{ bars, view, onTip }}
          />
        ))}
        <Marks marks={row.marks} {...{ bars, view, onTip }} />
      </div>
    </div>
  );
}

/** What was done to the run as a whole. */
export function RowOfMarks({ marks, ...shared }: Shared & { readonly marks: readonly Mark[] }) {
  if (marks.length === 0) return null;

  return (
    <div className="timeline-row of-run">
      <span className="timeline-name soft">the run</span>
      <div className="timeline-track">
        <Marks marks={marks} {...shared} />
      </div>
    </div>
  );
}

function Bar({ placed, row, bars, view, onTip }: Shared & { placed: PlacedBar; row: TimelineRow }) {
  const { bar, left, width, isOpen } = placed;
  const lines = barLines(bar, { task: row.id, end: bars.end });

  return (
    <button
      type="button"
      className="bar"
      data-kind={bar.kind}
      data-hue={barHue(bar)}
      data-open={isOpen}
      aria-label={lines.join(', ')}
      style={{ left: `${left * 100}%`, width: `${width * 100}%` }}
      onClick={() => view.go({ task: row.id, event: bar.fromEvent })}
      {...tipOf(lines, onTip)}
    />
  );
}

function Marks({ marks, bars, view, onTip }: Shared & { readonly marks: readonly Mark[] }) {
  const { scale } = bars;

  return marks
    .map((mark) => ({ mark, ms: Date.parse(mark.time) }))
    .filter(({ ms }) => ms >= scale.from && ms <= scale.to)
    .map(({ mark, ms }) => {
      const lines = [`${mark.type} by ${mark.by}`, mark.note, `event ${mark.event}`].filter(
        (line) => line !== '',
      );

      return (
        <button
          key={mark.event}
          type="button"
          className="mark"
          aria-label={lines.join(', ')}
          style={{ left: `${scale.x(ms) * 100}%` }}
          onClick={() => view.go({ tab: 'events', event: mark.event })}
          {...tipOf(lines, onTip)}
        />
      );
    });
}

/** Shown on hover and on focus alike. */
function tipOf(lines: readonly string[], onTip: (tip: Tip | undefined) => void) {
  const show = ({ currentTarget }: { readonly currentTarget: Element }): void => {
    const box = currentTarget.getBoundingClientRect();
    onTip({ lines, x: box.left, y: box.bottom });
  };
  const hide = (): void => onTip(undefined);

  return { onPointerEnter: show, onFocus: show, onPointerLeave: hide, onBlur: hide };
}

/** What the bar or mark says that is pointed at, and where that is on the screen, in pixels. */
export type Tip = { readonly lines: readonly string[]; readonly x: number; readonly y: number };

/** Beside the bar that is pointed at or has the focus. Screen readers have the same from the bar itself. */
export function BarTip({ tip }: { readonly tip: Tip | undefined }) {
  if (tip === undefined) return null;
  const left = Math.max(8, Math.min(tip.x, window.innerWidth - widthMax - 8));

  return (
    <div className="bar-tip" aria-hidden="true" style={{ left, top: tip.y + 4, maxWidth: widthMax }}>
      {tip.lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
}
