import { siriusTime } from '../../../machines/sirius-time.ts';

/** How points in time are shown (`--time`). */
export const timeStyles = ['relative', 'local', 'utc', 'iso'] as const;
export type TimeStyle = (typeof timeStyles)[number];

/** A point in time (ISO 8601) as a person wants to read it. Empty for none. */
export function formatTime(iso: string | undefined, style: TimeStyle, nowMs: number): string {
  if (iso === undefined || iso === '') return '';
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return iso;

  switch (style) {
    case 'relative':
      return relative(nowMs - ms);
    case 'local':
      return localTime(new Date(ms));
    case 'utc':
      return `${new Date(ms).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
    case 'iso':
      return new Date(ms).toISOString();
  }
}

/** The time in the seeds' clock, empty for none. */
export function sirius(iso: string | undefined): string {
  return iso === undefined || Number.isNaN(Date.parse(iso)) ? '' : siriusTime(iso);
}

/** A length of time in at most two units: `350ms`, `1.2s`, `1m58s`, `2h10m`, `3d4h`. */
export function formatElapsed(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1000) return `${whole}ms`;
  if (whole < 59_950) return `${(whole / 1000).toFixed(1)}s`;
  const seconds = Math.round(whole / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
  const hours = Math.floor(minutes / 60);

  return `${Math.floor(hours / 24)}d${two(hours % 24)}h`;
}

function relative(agoMs: number): string {
  const far = Math.abs(agoMs);
  if (far < 1000) return 'now';
  const text = far < 60_000 ? `${Math.floor(far / 1000)}s` : formatElapsed(far);

  return agoMs >= 0 ? `${text} ago` : `in ${text}`;
}

function localTime(date: Date): string {
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
