import { useState } from 'react';
import type { LogLine } from '../../../api/run-parts.ts';
import { TimeText } from '../../parts/time-text.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { Choice } from './choice.tsx';
import { PartState } from './part-state.tsx';
import { type RunPageState, useRunPart } from './run-view.ts';

type Lines = { readonly lines: readonly LogLine[] };

/** What was said and done, line by line, in the order of time. */
export function LogsTab({ view }: { readonly view: RunPageState }) {
  const query = useRunPart(view.page.run, 'logs', view.url);

  return <PartState query={query}>{({ lines }) => <Logs lines={lines} view={view} />}</PartState>;
}

function Logs({ lines, view }: Lines & { readonly view: RunPageState }) {
  const [task, setTask] = useUrlState('of');
  const [level, setLevel] = useUrlState('level');
  const [follows, setFollows] = useState(view.page.endedAt === undefined);
  const tasks = [...new Set(lines.flatMap((line) => line.task ?? []))];
  const fitting = lines.filter(
    (line) => (task === '' || line.task === task) && (level === '' || line.level === level),
  );

  return (
    <>
      <div className="run-bar">
        <Choice label="Task" value={task} options={tasks} onChange={setTask} />
        <Choice label="Level" value={level} options={['info', 'warn', 'error']} onChange={setLevel} />
        <label className="check">
          <input type="checkbox" checked={follows} onChange={(event) => setFollows(event.target.checked)} />
          Follow
        </label>
        <span className="soft">
          {fitting.length} of {lines.length} lines
        </span>
      </div>
      {fitting.length === 0 ? (
        <p className="empty">{lines.length === 0 ? 'Nothing was said yet.' : 'No line fits this filter.'}</p>
      ) : (
        <VirtualList
          items={fitting}
          keyOf={(line) => `${line.event} ${line.task ?? ''} ${line.stream ?? ''} ${line.text}`}
          rowHeight={26}
          label="Log lines"
          shownIndex={follows ? fitting.length - 1 : undefined}
          render={(line) => <Line line={line} view={view} />}
        />
      )}
    </>
  );
}

function Line({ line, view: { go } }: { readonly line: LogLine; readonly view: RunPageState }) {
  return (
    <div className="log-line">
      <TimeText iso={line.time} />
      <span className="log-level" data-level={line.level}>
        {line.level}
      </span>
      {line.task === undefined ? (
        <span />
      ) : (
        <button type="button" className="quiet mono log-task" onClick={() => go({ task: line.task })}>
          {line.task}
        </button>
      )}
      <span className="log-text">
        {line.stream === undefined ? line.text : `${line.stream}: ${line.text}`}
      </span>
    </div>
  );
}
