/** A duration in milliseconds, or why the text is none. */
export type ParsedDuration =
  | { readonly ok: true; readonly ms: number }
  | { readonly ok: false; readonly reason: string };

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const daysMaxUsual = 366;
/** No duration is written longer. */
export const durationCharsMax = 40;

const short = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/;
const iso = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

export type DurationLimits = { readonly zero?: boolean; readonly daysMax?: number };

/** Reads `500ms`, `30s`, `2m`, `1h`, `7d`, `1h30m` or ISO 8601 (`PT1H30M`). Zero only where it is allowed. */
export function parseDuration(
  text: string,
  { zero = false, daysMax = daysMaxUsual }: DurationLimits = {},
): ParsedDuration {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return refused(`a bare number is not a duration: write ${trimmed}s`);
  if (trimmed.startsWith('-')) return refused(`a duration cannot be negative: "${shown(trimmed)}"`);
  const ms = trimmed.length > durationCharsMax ? undefined : (shortMs(trimmed) ?? isoMs(trimmed));
  if (ms === undefined) {
    return refused(`"${shown(trimmed)}" is not a duration: write 500ms, 30s, 2m, 1h, 7d or 1h30m`);
  }
  if (ms > daysMax * unitMs.d) return refused(`"${shown(trimmed)}" is longer than ${daysMax} days`);
  if (ms === 0 && !zero) return refused('a duration of zero is not allowed here: write 1ms or more');

  return { ok: true, ms };
}

/** The shortest text of a duration that `parseDuration` reads back: 5400000 is `1h30m`. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.round(ms));
  if (rest === 0) return '0s';
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / unitMs[unit]);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs[unit];
  }

  return text;
}

function shortMs(text: string): number | undefined {
  const match = text === '' ? null : short.exec(text);
  if (match === null) return undefined;
  const [, d, h, m, s, ms] = match;

  return total([d, unitMs.d], [h, unitMs.h], [m, unitMs.m], [s, unitMs.s], [ms, unitMs.ms]);
}

function isoMs(text: string): number | undefined {
  const match = text === 'P' ? null : iso.exec(text);
  if (match === null) return undefined;
  const [, w, d, h, m, s] = match;

  return total([w, 7 * unitMs.d], [d, unitMs.d], [h, unitMs.h], [m, unitMs.m], [s, unitMs.s]);
}

function total(...parts: readonly (readonly [string | undefined, number])[]): number {
  return Math.round(parts.reduce((sum, [count, unit]) => sum + Number(count ?? 0) * unit, 0));
}

function shown(text: string): string {
  return text.length > durationCharsMax ? `${text.slice(0, durationCharsMax)}...` : text;
}

function refused(reason: string): ParsedDuration {
  return { ok: false, reason };
}
