import type { CSSProperties } from 'react';
import type { RunDetail, RunLine } from '../../../api/run.ts';
import { Duration } from '../../parts/duration.tsx';
import { Progress } from '../../parts/progress.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { shownWaiting } from '../../parts/status/status-look.ts';
import { TimeText } from '../../parts/time-text.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { durationText } from '../../time/format.ts';
import { type ColumnId, needsDetails, type RunColumn } from './columns.ts';
import { RunLink } from './run-link.tsx';
import { chunkOf, useRunDetails } from './use-run-details.ts';
import type { Runs, Selection } from './use-runs.ts';

export type RunTableProps = {
  readonly runs: Runs;
  readonly columns: readonly RunColumn[];
  readonly selection: Selection;
  /** The row that the keys stand on. */
  readonly at: number;
};

const ROW_HEIGHT = 38;
/** Of most short ids: those of runs that were started in the same millisecond are longer. */
const ID_LENGTH = 13;

/** The runs as rows. Only those in view are in the page. */
export function RunTable({ runs, columns, selection, at }: RunTableProps) {
  const idLength = Math.max(ID_LENGTH, ...runs.rows.map(({ shortId }) => shortId.length));
  const ids = runs.rows.map(({ run }) => run);
  const isNamed = runs.rows.some(({ key }) => key !== undefined);
  const idWidth = isNamed ? `minmax(${idLength + 2}ch, 1.6fr)` : `${idLength}ch`;
  const widthOf = ({ id, width }: RunColumn): string => (id === 'run' ? idWidth : width);
  const widths = ['36px', ...columns.map(widthOf)].join(' ');

  return (
    <div className="run-table" style={{ '--columns': widths } as CSSProperties}>
      <div className="run-row run-head">
        <input
          type="checkbox"
          aria-label="Select all rows that are shown"
          checked={selection.isAll}
          onChange={selection.toggleAll}
        />
        {columns.map(({ id, label }) => (
          <span key={id}>{label}</span>
        ))}
      </div>
      <VirtualList
        items={runs.rows}
        keyOf={({ run }) => run}
        label="Runs in order"
        rowHeight={ROW_HEIGHT}
        height="calc(100vh - 300px)"
        shownIndex={at}
        onEnd={runs.loadMore}
        render={(line, index) => (
          <div className="run-row" data-at={index === at}>
            <RowCheck line={line} selection={selection} />
            <Cells line={line} columns={columns} near={chunkOf(ids, index)} />
          </div>
        )}
      />
    </div>
  );
}

type CellsProps = {
  readonly line: RunLine;
  readonly columns: readonly RunColumn[];
  /** The runs around it: what has to be read of them is read together. */
  readonly near: readonly string[];
};

function Cells({ line, columns, near }: CellsProps) {
  const { known: details } = useRunDetails(near, { isEnabled: needsDetails(columns) });

  return columns.map(({ id, label }) => (
    <span key={id} className="cell" data-column={id} data-label={label}>
      {id === 'run' ? (
        <RunLink line={line} />
      ) : (
        <RunCell id={id} line={line} detail={details.get(line.run)} />
      )}
    </span>
  ));
}

function RowCheck({ line, selection }: { readonly line: RunLine; readonly selection: Selection }) {
  return (
    <input
      type="checkbox"
      aria-label={`Select ${line.shortId}`}
      checked={selection.runs.has(line.run)}
      onChange={() => selection.toggle(line.run)}
    />
  );
}

type RunCellProps = {
  readonly id: ColumnId;
  readonly line: RunLine;
  /** Undefined while it is not known, and where no column needs it. */
  readonly detail: RunDetail | undefined;
};

/** What one column says of a run. */
function RunCell({ id, line, detail }: RunCellProps) {
  switch (id) {
    case 'status':
      return <StatusBadge shown={shownWaiting(line)} />;
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
      return <Progress done={line.settled} of={line.taskCount} what="tasks" />;
    case 'elapsed':
      return <Elapsed line={line} />;
    case 'updated':
      return <TimeText iso={line.updatedAt} />;
    case 'started':
      return <TimeText iso={line.startedAt} />;
    case 'trigger':
      return line.trigger;
    case 'error':
      return <ErrorCode text={line.errorCode ?? line.problem} />;
    case 'run':
      return line.shortId;
  }
}

function ActiveTasks({ line: { active, errorCode, archived, wait } }: { readonly line: RunLine }) {
  const [first] = active;
  if (wait !== undefined)
    return (
      <span title={[`since ${wait.since}`, wait.fix].filter((each) => each !== undefined).join('\n')}>
        {wait.task ?? first?.task} <span className="soft">{wait.reason}</span>
      </span>
    );
  if (first === undefined)
    return (
      <>
        <ErrorCode text={errorCode} />
        {archived !== undefined && <span className="soft"> {archivedWords[archived]}</span>}
      </>
    );

  return (
    <span title={active.map(({ task, status }) => `${task}: ${status}`).join('\n')}>
      {first.task}
      {active.length > 1 && <span className="soft"> +{active.length - 1}</span>}
    </span>
  );
}

const archivedWords = { whole: 'archived', head: 'archived, only its head is kept' } as const;

function ErrorCode({ text = '' }: { readonly text: string | undefined }) {
  return <code title={text}>{text}</code>;
}

/** What tells the run from its like; the names of the inputs on hover. */
function KeyInput({ detail }: Pick<RunCellProps, 'detail'>) {
  const [first, ...others] = detail?.inputLines ?? [];
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
