import type { RunLine } from '../../../api/run.ts';
import type { RunDetail } from '../../../api/run-detail.ts';
import { Duration } from '../../parts/duration.tsx';
import { Progress } from '../../parts/progress.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { durationText } from '../../time/format.ts';
import type { ColumnId } from './columns.ts';

export type RunCellProps = {
  readonly id: ColumnId;
  readonly line: RunLine;
  /** Undefined while it is not known, and where no column needs it. */
  readonly detail: RunDetail | undefined;
};

/** What one column says of a run. */
export function RunCell({ id, line, detail }: RunCellProps) {
  switch (id) {
    case 'status':
      return <StatusBadge shown={line.shown} />;
    case 'definition':
      return (
        <>
          {line.definition.id}
          <span className="soft">@{line.definition.version}</span>
        </>
      );
    case 'input':
      return <KeyInput detail={detail} />;
    case 'attempts':
      return detail?.attempts ?? '';
    case 'now':
      return <ActiveTasks line={line} />;
    case 'progress':
      return <Progress done={line.settled} of={line.tasks} what="tasks" />;
    case 'elapsed':
      return <Elapsed line={line} />;
    case 'updated':
      return <TimeText iso={line.updatedAt} />;
    case 'started':
      return <TimeText iso={line.startedAt} />;
    case 'trigger':
      return line.trigger;
    case 'error':
      return <ErrorCode text={line.error ?? line.problem} />;
    case 'run':
      return line.shortId;
  }
}

function ActiveTasks({ line: { active, error } }: { readonly line: RunLine }) {
  const [first] = active;
  if (first === undefined) return <ErrorCode text={error} />;

  return (
    <span title={active.map(({ task, status }) => `${task}: ${status}`).join('\n')}>
      {first.task}
      {active.length > 1 && <span className="soft"> +{active.length - 1}</span>}
    </span>
  );
}

function ErrorCode({ text = '' }: { readonly text: string | undefined }) {
  return <code title={text}>{text}</code>;
}

/** What tells the run from its like; the names of the inputs on hover. */
function KeyInput({ detail }: Pick<RunCellProps, 'detail'>) {
  const [first, ...others] = detail?.input ?? [];
  if (first === undefined) return null;

  return (
    <span title={[first, ...others].map(({ name, text }) => `${name}: ${text}`).join('\n')}>
      {first.text}
      {others.length > 0 && <span className="soft"> {others.map(({ text }) => text).join(', ')}</span>}
    </span>
  );
}

function Elapsed({ line: { startedAt, endedAt, typicalMs } }: { readonly line: RunLine }) {
  return (
    <>
      <Duration from={startedAt} to={endedAt} />
      {typicalMs !== undefined && <span className="soft"> / {durationText(typicalMs)}</span>}
    </>
  );
}
