import type { Timeline, TimelineBar } from '../../../api/run-parts.ts';
import { Duration } from '../../parts/duration.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import type { AttemptFilter } from './timeline-bars.ts';

const rowsMax = 1_000;

/** All that the picture says, in rows. */
export function TimelineTable({
  timeline,
  attempt,
}: {
  readonly timeline: Timeline;
  readonly attempt: AttemptFilter;
}) {
  const bars = timeline.rows.flatMap((row) => {
    const last = Math.max(0, ...row.bars.map((bar) => bar.attempt));
    const wanted = attempt === 'last' ? last : attempt;

    return row.bars
      .filter((bar) => wanted === 'all' || bar.attempt === wanted)
      .map((bar) => ({ bar, task: row.id }));
  });

  return (
    <div className="table-scroll">
      <table>
        <thead>
          <tr>
            {['Task', 'What', 'Attempt', 'From', 'Took', 'Ended', 'By', 'Note'].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bars.slice(0, rowsMax).map(({ bar, task }) => (
            <BarRow key={`${task} ${bar.kind} ${bar.fromEvent}`} bar={bar} task={task} />
          ))}
        </tbody>
      </table>
      {bars.length > rowsMax ? <p className="soft">{bars.length - rowsMax} more are not shown.</p> : null}
    </div>
  );
}

function BarRow({ bar, task }: { readonly bar: TimelineBar; readonly task: string }) {
  return (
    <tr>
      <th scope="row" className="mono">
        {task}
      </th>
      <td>{bar.kind}</td>
      <td className="number">{bar.attempt}</td>
      <td>
        <TimeText iso={bar.from} />
      </td>
      <td className="number">
        <Duration from={bar.from} to={bar.to} />
      </td>
      <td>{bar.outcome?.replaceAll('_', ' ') ?? (bar.to === undefined ? 'goes on' : '')}</td>
      <td>{bar.worker}</td>
      <td>{bar.note}</td>
    </tr>
  );
}
