import type { Timeline, TimelineBar, TimelineRow } from '../../../../api/run-parts.ts';
import type { Scale, ScaleSpan } from './timeline-scale.ts';

/** A bar with its place: parts of the width of the picture, from 0 to 1. */
export type PlacedBar = {
  readonly bar: TimelineBar;
  readonly left: number;
  readonly width: number;
  /** It lasts still. */
  readonly isOpen: boolean;
};

export type AttemptFilter = 'all' | 'last' | number;

/** When the picture begins and ends: at `now` for a run that goes on. */
export function timelineSpan(timeline: Pick<Timeline, 'from' | 'to' | 'isOver'>, now: number): ScaleSpan {
  const from = Date.parse(timeline.from);
  const to = timeline.isOver ? Date.parse(timeline.to) : Math.max(now, Date.parse(timeline.to));

  return { from, to: Math.max(to, from + 1) };
}

/** What keeps times from being folded: attempts keep all of theirs, all else only its ends. */
export function busyTimes(
  timeline: Pick<Timeline, 'rows' | 'marks'>,
  end: number,
): { readonly busy: readonly ScaleSpan[]; readonly moments: readonly number[] } {
  const bars = timeline.rows.flatMap((row) => row.bars);
  const marks = [...timeline.marks, ...timeline.rows.flatMap((row) => row.marks)];

  return {
    busy: merged(bars.filter(({ kind }) => kind === 'running').map((bar) => barSpan(bar, end))),
    moments: [
      ...bars.flatMap((bar) => [barSpan(bar, end).from, barSpan(bar, end).to]),
      ...marks.map(({ time }) => Date.parse(time)),
    ],
  };
}

/** The bars of a row that can be seen, in their places. */
export function placedBars(row: TimelineRow, { scale, end, attempt }: BarView): readonly PlacedBar[] {
  const last = Math.max(0, ...row.bars.map((bar) => bar.attempt));
  const wanted = attempt === 'last' ? last : attempt;

  return row.bars
    .filter((bar) => wanted === 'all' || bar.attempt === wanted)
    .map((bar) => ({ bar, span: barSpan(bar, end) }))
    .filter(({ span }) => span.to >= scale.from && span.from <= scale.to)
    .map(({ bar, span }) => {
      const left = scale.x(span.from);

      return { bar, left, width: Math.max(0, scale.x(span.to) - left), isOpen: bar.to === undefined };
    });
}

export type BarView = { readonly scale: Scale; readonly end: number; readonly attempt: AttemptFilter };

/** How many times any of its tasks was tried, at most. */
export function attemptsMax(timeline: Pick<Timeline, 'rows'>): number {
  return timeline.rows.reduce(
    (most, row) => row.bars.reduce((more, { attempt }) => Math.max(more, attempt), most),
    0,
  );
}

function barSpan(bar: TimelineBar, end: number): ScaleSpan {
  const from = Date.parse(bar.from);

  return { from, to: Math.max(from, bar.to === undefined ? end : Date.parse(bar.to)) };
}

/** Overlapping stretches as one, in order. */
function merged(spans: readonly ScaleSpan[]): readonly ScaleSpan[] {
  const all: ScaleSpan[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const before = all.at(-1);
    if (before === undefined || span.from > before.to) all.push(span);
    else all[all.length - 1] = { from: before.from, to: Math.max(before.to, span.to) };
  }

  return all;
}
