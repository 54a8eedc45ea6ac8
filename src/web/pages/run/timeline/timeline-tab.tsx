import { useState } from 'react';
import type { Timeline, TimelineBar } from '../../../../api/run-parts.ts';
import { Duration } from '../../../parts/duration.tsx';
import { TimeText } from '../../../parts/time-text.tsx';
import { useUrlState } from '../../../parts/use-url-state.ts';
import { PartState } from '../part-state.tsx';
import { type RunPageState, useRunPart } from '../run-view.ts';
import { type AttemptFilter, attemptsMax } from './timeline-bars.ts';
import { TimelineChart } from './timeline-chart.tsx';

const rowsMax = 1_000;

/** Every attempt and every wait of every task over the time of the run. */
export function TimelineTab({ view }: { readonly view: RunPageState }) {
  const query = useRunPart(view.page.run, 'timeline', view.url);

  return <PartState query={query}>{(timeline) => <Loaded timeline={timeline} view={view} />}</PartState>;
}

function Loaded({ timeline, view }: { readonly timeline: Timeline; readonly view: RunPageState }) {
  const [isTable, setTable] = useState(false);
  const [chosen, setChosen] = useUrlState('attempt', 'all');
  const attempt = attemptFilter(chosen);
  const most = attemptsMax(timeline);

  return (
    <>
      <div className="run-bar">
        <button type="button" className="quiet" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? 'Show as picture' : 'Show as table'}
        </button>
        {most < 2 ? null : <AttemptChoice value={chosen} most={most} onChange={setChosen} />}
        <Legend />
      </div>
      {timeline.rows.length === 0 ? <p className="empty">No task has begun yet.</p> : null}
      {isTable ? (
        <TimelineTable timeline={timeline} attempt={attempt} />
      ) : (
        <TimelineChart timeline={timeline} attempt={attempt} view={view} />
      )}
      {timeline.omitted > 0 ? (
        <p className="soft part-note">{timeline.omitted} more rows are not shown: see the events.</p>
      ) : null}
    </>
  );
}

type AttemptChoiceProps = {
  readonly value: string;
  readonly most: number;
  readonly onChange: (value: string) => void;
};

const attemptsShownMax = 20;

function AttemptChoice({ value, most, onChange }: AttemptChoiceProps) {
  return (
    <label className="choice">
      <span className="soft">Attempts</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="all">all</option>
        <option value="last">the last of each task</option>
        {Array.from({ length: Math.min(most, attemptsShownMax) }, (_, index) => index + 1).map((number) => (
          <option key={number}>{number}</option>
        ))}
      </select>
    </label>
  );
}

function attemptFilter(chosen: string): AttemptFilter {
  if (chosen === 'last') return 'last';
  const number = Number(chosen);

  return Number.isInteger(number) && number > 0 ? number : 'all';
}

function Legend() {
  return (
    <span className="legend" aria-hidden="true">
      <i className="bar-sample" data-kind="queued" /> queued
      <i className="bar-sample" data-kind="running" data-hue="running" /> running
      <i className="bar-sample" data-kind="retrying" data-hue="running" /> waiting to retry
      <i className="bar-sample" data-kind="waiting" data-hue="waiting" /> waiting
      <b className="mark-sample" /> act
    </span>
  );
}

/** The content of the picture as rows. */
function TimelineTable({
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
