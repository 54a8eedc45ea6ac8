import type { ScaleSpan } from './timeline-scale.ts';

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
