import type { BackfillReport } from '../../../api/triggers.ts';

/** Times between which a schedule is started once more, ISO 8601, UTC; without `to` until now. */
export type BackfillSpan = { readonly from: string; readonly to?: string };

/** The span of two fields for a day and a time by the clock of the browser; undefined while the first says none. */
export function backfillSpan(from: string, to: string): BackfillSpan | undefined {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  if (Number.isNaN(fromMs)) return undefined;
  const span = { from: new Date(fromMs).toISOString() };

  return Number.isNaN(toMs) ? span : { ...span, to: new Date(toMs).toISOString() };
}

/** The number of runs a backfill starts, in a sentence. */
export function backfillText({ ticks, there = [] }: Pick<BackfillReport, 'ticks' | 'there'>): string {
  const left = ticks.length - there.length;
  const started = left === 0 ? 'No run is started' : `${left} ${left === 1 ? 'run is' : 'runs are'} started`;
  const known =
    there.length === 0 ? '' : `, and ${there.length} ${there.length === 1 ? 'is' : 'are'} there already`;

  return `${ticks.length} ${ticks.length === 1 ? 'time' : 'times'}: ${started}${known}.`;
}
