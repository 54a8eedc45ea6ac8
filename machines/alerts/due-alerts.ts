import { type AlertKind, type AlertRule, isNews } from '../serve-file/served.ts';
import type { Stratos } from '../stratos.ts';

/** What a rule has to say now. `key` is the same for the same rule, trouble and time of saying it. */
export type DueAlert = {
  readonly key: string;
  readonly rule: AlertRule;
  readonly sighting: Sighting;
  readonly text: string;
};

/** Who is told of what happened while nobody looked is told what is no older than this. */
export const newsMsMax = 60 * 60_000;

const lateTimes = 3;

/** A worker that is started anew is away for a moment. */
const noWorkerMs = 60_000;

/** What the rules have to say of what is seen, whether or not it was said before. */
export function dueAlerts(
  rules: readonly AlertRule[],
  sightings: readonly Sighting[],
  nowMs: number,
): readonly DueAlert[] {
  return rules.flatMap((rule) =>
    sightings.flatMap((sighting) => (fits(rule, sighting) ? dueOf(rule, sighting, nowMs) : [])),
  );
}

function fits({ on, definition, stratos }: AlertRule, sighting: Sighting): boolean {
  if (on !== sighting.on) return false;
  if (stratos !== undefined && stratos !== (sighting.stratos ?? 'operational')) return false;

  return definition === undefined || matches(definition, sighting.definition ?? '');
}

function dueOf(rule: AlertRule, sighting: Sighting, nowMs: number): readonly DueAlert[] {
  const afterMs = afterOf(rule, sighting);
  if (afterMs === undefined) return [];
  const overdueMs = nowMs - sighting.sinceMs - afterMs - (rule.laterMs ?? 0);
  if (overdueMs < 0) return [];
  const once = isNews(rule.on);
  if (once && overdueMs > newsMsMax) return [];
  const turn = once || rule.repeatMs === undefined ? 0 : Math.floor(overdueMs / rule.repeatMs);
  const key = [rule.name, sighting.subject, String(turn)].join('\n');

  return [{ key, rule, sighting, text: textOf(sighting, { once, nowMs }) }];
}

/** Undefined: it is not known how long runs of the definition take. */
function afterOf({ on, afterMs }: AlertRule, { usualMs }: Sighting): number | undefined {
  if (afterMs !== undefined) return afterMs;
  if (on === 'no_worker') return noWorkerMs;
  if (on !== 'run_late') return 0;

  return usualMs === undefined ? undefined : usualMs * lateTimes;
}

function textOf(
  { on, text, sinceMs, usualMs }: Sighting,
  { once, nowMs }: { readonly once: boolean; readonly nowMs: number },
): string {
  // The trouble says itself how it ends.
  if (once || on === 'store_failing') return text;
  const usual = on === 'run_late' && usualMs !== undefined ? `; as a rule it takes ${spanText(usualMs)}` : '';

  return `${text} for ${spanText(nowMs - sinceMs)}${usual}`;
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** The two largest units: `2h 5m`. */
function spanText(ms: number): string {
  let left = Math.max(0, ms);
  const parts = units.flatMap(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count === 0 ? [] : [`${count}${unit}`];
  });

  return parts.slice(0, 2).join(' ') || '0s';
}

/** `*` stands for any characters. Takes no longer for patterns that are made to take long. */
export function matches(pattern: string, id: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return id === pattern;
  const last = rest.pop() ?? '';
  if (!id.startsWith(first) || !id.endsWith(last) || id.length < first.length + last.length) return false;
  const end = id.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = id.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }

  return true;
}

/** Something that is as a rule may look for it, as it was seen. Times are ms since 1970. */
export type Sighting = {
  readonly on: AlertKind;
  /** What it is about: the same text for the same trouble, another one when the trouble comes anew. */
  readonly subject: string;
  /** The id of the definition, where it is about one. */
  readonly definition?: string;
  /** The STRATOS level of the definition. */
  readonly stratos?: Stratos;
  readonly run?: string;
  /** Since when it is so. */
  readonly sinceMs: number;
  /** Of a run under way: how long such runs take as a rule, where that is known. */
  readonly usualMs?: number;
  /** What is so, in words, without for how long. */
  readonly text: string;
};
