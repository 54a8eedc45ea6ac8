import type { CSSProperties } from 'react';
import { Link } from 'wouter';
import type { RunLine } from '../../../api/run.ts';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { type Column, needsDetails } from './columns.ts';
import { RunCell } from './run-cell.tsx';
import { chunkOf, useRunDetails } from './use-run-details.ts';
import type { Runs } from './use-runs.ts';
import type { Selection } from './use-selection.ts';

export type RunTableProps = {
  readonly runs: Runs;
  readonly columns: readonly Column[];
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
  const widthOf = ({ id, width }: Column): string => (id === 'run' ? `${idLength}ch` : width);
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
  readonly columns: readonly Column[];
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

function RunLink({ line: { run, shortId } }: { readonly line: RunLine }) {
  return (
    <Link href={`/runs/${run}`} className="mono">
      {shortId}
    </Link>
  );
}
