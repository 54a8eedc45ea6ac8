import { type SubmitEvent, useState } from 'react';
import { closeMenuOnEscape } from '../../parts/menu-keys.ts';
import { StatusGlyph } from '../../parts/status/status-glyph.tsx';
import { statusLook } from '../../parts/status/status-look.ts';
import { type ColumnId, chosenColumns, columns, toggledColumns } from './columns.ts';
import { type RunFilterState, statusChips, toggledStatus } from './run-filter.ts';

export type RunFilterProps = {
  readonly filter: RunFilterState;
  readonly counts: Readonly<Record<string, number>>;
  readonly cols: string;
  readonly onCols: (cols: string) => void;
};

/** Narrows the list: by text, by terms, by status; and chooses what is shown of each run. */
export function RunsFilterBar({ filter, counts, cols, onCols }: RunFilterProps) {
  return (
    <div className="filter">
      <div className="chips">
        <TextFilter filter={filter} />
        <label>
          <span className="sr-only">Order</span>
          <select value={filter.sort} onChange={(event) => filter.set('sort', event.target.value)}>
            <option value="updated">latest change first</option>
            <option value="started">latest start first</option>
            <option value="definition">by definition</option>
            <option value="status">by status</option>
          </select>
        </label>
        <ColumnChoice cols={cols} onCols={onCols} />
      </div>
      <fieldset className="chips plain">
        <legend className="sr-only">Status</legend>
        {statusChips(counts, filter.status).map((status) => (
          <StatusChip key={status} filter={filter} status={status} count={counts[status] ?? 0} />
        ))}
      </fieldset>
    </div>
  );
}

function TextFilter({ filter }: { readonly filter: RunFilterState }) {
  const [where, setWhere] = useState(filter.where);
  const [seen, setSeen] = useState(filter.where);
  if (seen !== filter.where) {
    setSeen(filter.where);
    setWhere(filter.where);
  }

  return (
    <form
      className="chips filter-text"
      onSubmit={(event: SubmitEvent) => {
        event.preventDefault();
        filter.set('where', where.trim());
      }}
    >
      <input
        type="search"
        aria-label="Find runs by key, id, definition, label, input, owner or error"
        placeholder="Find by key, id, definition, error   /"
        value={filter.q}
        onChange={(event) => filter.set('q', event.target.value)}
      />
      <input
        className="mono"
        aria-label="Search terms, as in workflow list --where"
        placeholder="key=A-7 label.team=finance error~card"
        spellCheck={false}
        autoComplete="off"
        value={where}
        onChange={(event) => setWhere(event.target.value)}
        onBlur={() => filter.set('where', where.trim())}
      />
      <button type="submit" className="sr-only">
        Apply the terms
      </button>
    </form>
  );
}

type StatusChipProps = { readonly filter: RunFilterState; readonly status: string; readonly count: number };

function StatusChip({ filter, status, count }: StatusChipProps) {
  const look = statusLook(status);

  return (
    <button
      type="button"
      className="chip"
      aria-pressed={filter.status.split(',').includes(status)}
      onClick={() => filter.set('status', toggledStatus(filter.status, status))}
    >
      <StatusGlyph glyph={look.glyph} size={12} /> {look.word} <span className="soft">{count}</span>
    </button>
  );
}

function ColumnChoice({ cols, onCols }: { readonly cols: string; readonly onCols: (cols: string) => void }) {
  const shown = new Set<ColumnId>(chosenColumns(cols).map(({ id }) => id));

  return (
    <details className="menu" onKeyDown={closeMenuOnEscape}>
      <summary className="button">Columns</summary>
      <div className="menu-body">
        {columns.map(({ id, label }) => (
          <label key={id} className="check">
            <input
              type="checkbox"
              checked={shown.has(id)}
              onChange={() => onCols(toggledColumns(cols, id))}
            />
            {label}
          </label>
        ))}
      </div>
    </details>
  );
}
