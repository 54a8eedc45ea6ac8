import type { TimelineBar } from '../../../api/run-parts.ts';
import { Duration } from '../../parts/duration.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import type { RunView } from './run-view.ts';

const shownMax = 50;

/** Every attempt and wait of a task, the latest first, each with the event that it begins with. */
export function AttemptList({
  bars,
  view: { go },
}: {
  readonly bars: readonly TimelineBar[];
  readonly view: RunView;
}) {
  if (bars.length === 0) return null;
  const shown = [...bars].reverse().slice(0, shownMax);

  return (
    <section>
      <h3>Attempts and waits</h3>
      <ol className="attempts">
        {shown.map((bar) => (
          <li key={`${bar.kind} ${bar.fromEvent}`}>
            <StatusBadge status={statusOf(bar)} word={wordOf(bar)} />
            <Duration from={bar.from} to={bar.to} />
            <button
              type="button"
              className="quiet attempt-event"
              onClick={() => go({ tab: 'events', event: bar.fromEvent })}
            >
              event {bar.fromEvent}
            </button>
            <p>
              {[bar.worker === undefined ? '' : `by ${bar.worker}`, bar.note ?? '']
                .filter(Boolean)
                .join(': ')}
            </p>
          </li>
        ))}
      </ol>
      {bars.length > shownMax ? <p className="soft">and {bars.length - shownMax} before</p> : null}
    </section>
  );
}

function statusOf({ kind, outcome }: TimelineBar): string {
  if (kind === 'running') return outcome ?? 'IN_PROGRESS';

  return kind;
}

function wordOf({ kind, attempt, outcome }: TimelineBar): string {
  if (kind !== 'running') return kind;

  return `attempt ${attempt} ${outcome?.toLowerCase().replaceAll('_', ' ') ?? 'running'}`;
}
