import { useState } from 'react';
import type { LogLine } from '../../../api/run-parts.ts';
import { type Printed, usePrinted } from '../../live/use-printed.ts';
import { TimeText } from '../../parts/time-text.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { Choice } from './choice.tsx';
import { PartState } from './part-state.tsx';
import { type RunPageState, useRunPart } from './run-view.ts';

type Lines = { readonly lines: readonly ShownLine[] };

/** What was said and done, line by line, in the order of time. */
export function LogsTab({ view }: { readonly view: RunPageState }) {
  const query = useRunPart(view.page.run, 'logs', view.url);
  const printed = usePrinted(view.page.run, view.page.endedAt === undefined && view.url.at === undefined);

  return (
    <PartState query={query}>
      {({ lines }) => <Logs lines={[...lines, ...unrecorded(printed, lines)]} view={view} />}
    </PartState>
  );
}

type ShownLine = LogLine & { readonly place?: number };

/** What was printed by attempts that go on: how they ended says all of it. */
function unrecorded(printed: readonly Printed[], lines: readonly LogLine[]): readonly ShownLine[] {
  const recorded = new Set(lines.flatMap((line) => (line.attempt === undefined ? [] : attemptOf(line))));

  return printed.flatMap((each) => {
    const { task, attempt, stream, time, first, leftOut = 0 } = each;
    if (recorded.has(attemptOf(each))) return [];
    const said = { event: 0, level: 'info' as const, task, attempt, stream, time };
    const left =
      leftOut === 0 ? [] : [{ ...said, place: first - 1, text: `... ${leftOut} bytes left out ...` }];

    return [...left, ...each.lines.map((text, index) => ({ ...said, place: first + index, text }))];
  });
}

function attemptOf({ task, attempt }: Pick<LogLine, 'task' | 'attempt'>): string {
  return `${attempt} ${task ?? ''}`;
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
        <p className="empty">{lines.length === 0 ? 'No log lines yet.' : 'No lines match this filter.'}</p>
      ) : (
        <VirtualList
          items={fitting}
          keyOf={(line) =>
            `${line.event} ${line.place ?? ''} ${line.task ?? ''} ${line.stream ?? ''} ${line.text}`
          }
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
