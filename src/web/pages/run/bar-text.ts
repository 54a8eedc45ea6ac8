import type { TimelineBar } from '../../../api/run-parts.ts';
import { type Hue, statusLook } from '../../parts/status/status-look.ts';
import { sinceStart } from './timeline/timeline-ticks.ts';

const kindWords: Readonly<Record<string, string>> = {
  queued: 'queued',
  running: 'attempt',
  retrying: 'waiting to retry',
  waiting: 'waiting',
};

/** The colour of a bar: attempts that ended have that of how they did. */
export function barHue({ kind, outcome }: TimelineBar): Hue {
  if (kind === 'waiting') return 'waiting';
  if (kind === 'queued') return 'idle';
  if (kind === 'retrying' || outcome === undefined) return 'running';

  return statusLook(outcome).hue;
}

/** What a bar says, line by line: what, how long, how it ended, by whom. */
export function barLines(bar: TimelineBar, { task, end }: { readonly task: string; readonly end: number }) {
  const from = Date.parse(bar.from);
  const ms = Math.max(0, (bar.to === undefined ? end : Date.parse(bar.to)) - from);
  const what = `${kindWords[bar.kind] ?? bar.kind}${bar.kind === 'running' ? ` ${bar.attempt}` : ''}`;
  const lasts = bar.to === undefined ? `for ${sinceStart(ms)} so far` : sinceStart(ms);
  const lines = [
    `${task}: ${what}, ${lasts}${bar.outcome === undefined ? '' : `, ${words(bar.outcome)}`}`,
    bar.worker === undefined ? '' : `by ${bar.worker}`,
    bar.note ?? '',
    `event ${bar.fromEvent}${bar.toEvent === undefined ? '' : ` to ${bar.toEvent}`}`,
  ];

  return lines.filter((line) => line !== '');
}

function words(outcome: string): string {
  return outcome.toLowerCase().replaceAll('_', ' ');
}

/** Under the task that it stands inside of, a task says only which pass it belongs to: `[2].pay` of `orders[2].pay`. */
export function nameInside({ id, depth }: { readonly id: string; readonly depth: number }): string {
  return depth === 0 ? id : id.slice(Math.max(0, id.lastIndexOf('[')));
}
