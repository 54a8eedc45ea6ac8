/** A stretch of time, in ms since 1970. */
export type ScaleSpan = { readonly from: number; readonly to: number };

/** One part of the picture: `x0` and `x1` are parts of its width, from 0 to 1. */
export type ScalePiece = ScaleSpan & { readonly x0: number; readonly x1: number; readonly isFolded: boolean };

/** The positions of times in a picture that folds long idle spans. */
export type Scale = ScaleSpan & {
  readonly pieces: readonly ScalePiece[];
  /** The place of a time, from 0 to 1; times outside are put at the ends. */
  readonly x: (ms: number) => number;
  /** The time of a place. */
  readonly ms: (x: number) => number;
};

/** Idle for more than this part of the span: folded. */
const idleShareMin = 0.2;
/** The part of the width that a fold keeps. */
const foldShare = 0.06;

/**
 * The scale of a span. `busy` are the stretches in which something was carried out, `moments` the times that have to
 * be told apart even where nothing was.
 */
export function timelineScale(
  span: ScaleSpan,
  { busy, moments }: { readonly busy: readonly ScaleSpan[]; readonly moments: readonly number[] },
): Scale {
  const from = span.from;
  const to = Math.max(span.to, span.from + 1);
  const pieces = placed(stretches({ from, to }, foldable({ from, to }, { busy, moments })));

  return {
    from,
    to,
    pieces,
    x: (ms) => placeOf(pieces, ms),
    ms: (x) => timeOf(pieces, x),
  };
}

/** Stretches between two moments in which nothing ran and that take up much of the span. Never all of it. */
function foldable(
  span: ScaleSpan,
  { busy, moments }: { readonly busy: readonly ScaleSpan[]; readonly moments: readonly number[] },
): readonly ScaleSpan[] {
  const long = (span.to - span.from) * idleShareMin;
  const edges = busy.flatMap(({ from, to }) => [from, to]);
  const inside = [...moments, ...edges].filter((ms) => ms > span.from && ms < span.to);
  const times = [...new Set([span.from, ...inside, span.to])].sort((a, b) => a - b);
  const idle = times
    .slice(1)
    .map((to, index) => ({ from: times[index] ?? to, to }))
    .filter(({ from, to }) => to - from > long && !busy.some((one) => one.from < to && one.to > from));

  return idle.length === 1 && idle[0]?.from === span.from && idle[0].to === span.to ? [] : idle;
}

/** The whole span, cut where folds begin and end. */
function stretches(
  span: ScaleSpan,
  folds: readonly ScaleSpan[],
): readonly (ScaleSpan & { isFolded: boolean })[] {
  const all: (ScaleSpan & { isFolded: boolean })[] = [];
  let at = span.from;
  for (const fold of folds) {
    if (fold.from > at) all.push({ from: at, to: fold.from, isFolded: false });
    all.push({ ...fold, isFolded: true });
    at = fold.to;
  }
  if (at < span.to) all.push({ from: at, to: span.to, isFolded: false });

  return all;
}

function placed(all: readonly (ScaleSpan & { isFolded: boolean })[]): readonly ScalePiece[] {
  const open = all.filter(({ isFolded }) => !isFolded);
  const openMs = open.reduce((sum, { from, to }) => sum + to - from, 0);
  const folds = all.length - open.length;
  const fold = openMs === 0 ? 1 / Math.max(1, folds) : foldShare;
  const rest = openMs === 0 ? 0 : 1 - folds * foldShare;
  let x = 0;

  return all.map((one) => {
    const x0 = x;
    x += one.isFolded ? fold : ((one.to - one.from) / openMs) * rest;

    return { ...one, x0, x1: Math.min(1, x) };
  });
}

function placeOf(pieces: readonly ScalePiece[], ms: number): number {
  const piece = pieces.find(({ to }) => ms <= to) ?? pieces.at(-1);
  if (piece === undefined) return 0;
  const share = (ms - piece.from) / (piece.to - piece.from);

  return piece.x0 + Math.min(1, Math.max(0, share)) * (piece.x1 - piece.x0);
}

function timeOf(pieces: readonly ScalePiece[], x: number): number {
  const piece = pieces.find(({ x1 }) => x <= x1) ?? pieces.at(-1);
  if (piece === undefined) return 0;
  const width = piece.x1 - piece.x0;
  const share = width === 0 ? 0 : (x - piece.x0) / width;

  return piece.from + Math.min(1, Math.max(0, share)) * (piece.to - piece.from);
}

/** No closer than this, in ms. */
const spanMsMin = 10;

/** What is seen of a whole after it was brought nearer (`factor` below 1) around a time, and never more than all. */
export function zoomed(seen: ScaleSpan, { whole, factor, around }: Zoom): ScaleSpan {
  const width = Math.max(spanMsMin, (seen.to - seen.from) * factor);
  const share = (around - seen.from) / Math.max(1, seen.to - seen.from);

  return within(whole, { from: around - share * width, to: around + (1 - share) * width });
}

type Zoom = { readonly whole: ScaleSpan; readonly factor: number; readonly around: number };

/** Moves what is seen by a part of its width: below 0 to earlier times. */
export function panned(
  seen: ScaleSpan,
  { whole, share }: { readonly whole: ScaleSpan; readonly share: number },
): ScaleSpan {
  const by = (seen.to - seen.from) * share;

  return within(whole, { from: seen.from + by, to: seen.to + by });
}

/** What was drawn over with the pointer, from either side. */
export function dragged(whole: ScaleSpan, { a, b }: { readonly a: number; readonly b: number }): ScaleSpan {
  const from = Math.min(a, b);

  return within(whole, { from, to: Math.max(a, b, from + spanMsMin) });
}

function within(whole: ScaleSpan, { from, to }: ScaleSpan): ScaleSpan {
  const width = Math.min(to - from, whole.to - whole.from);
  const begin = Math.min(Math.max(from, whole.from), whole.to - width);

  return { from: begin, to: begin + width };
}
