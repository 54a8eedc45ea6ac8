import { useState } from 'react';
import type { RunContext } from '../../../api/run-parts.ts';
import { useApi } from '../../api/use-api.ts';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { preview, type TreeRow, treeRows } from './context-tree.ts';
import { PartState } from './part-state.tsx';
import { type RunView, useRunPart } from './run-view.ts';

/** Runs of more events than this are compared in a while. */
const longRun = 1_000;

/** What the run knew after an event, and what that event changed. */
export function ContextTab({ view: { page, url } }: { readonly view: RunView }) {
  const compared = useRunPart<RunContext>(page.run, 'context', url.at);
  // What a long run knows is told at once, what its last event changed only when it has been compared.
  const known = useApi<RunContext>(
    ['runs', page.run, 'context'],
    { at: url.at, changes: 'no' },
    { keepsPrevious: true, isEnabled: page.sequence > longRun },
  );
  const isCompared = compared.data !== undefined && !compared.isPlaceholderData;
  const query = isCompared || known.data === undefined ? compared : known;

  return (
    <PartState query={query}>
      {(context) => <Context context={context} isCompared={query === compared} />}
    </PartState>
  );
}

type ContextProps = { readonly context: RunContext; readonly isCompared: boolean };

function Context({ context, isCompared }: ContextProps) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const toggle = (path: string): void => {
    const next = new Set(toggled);
    if (!next.delete(path)) next.add(path);
    setToggled(next);
  };

  return (
    <>
      {isCompared ? <Changes context={context} /> : <Comparing sequence={context.sequence} />}
      <VirtualList
        items={treeRows(context, toggled)}
        keyOf={(row) => `${row.mark ?? ''} ${row.path}`}
        rowHeight={24}
        label="What the run knows"
        render={(row) => <Row row={row} onToggle={toggle} />}
      />
    </>
  );
}

function Comparing({ sequence }: { readonly sequence: number }) {
  return <p className="soft">Comparing with how it was before event {sequence} …</p>;
}

const changesMax = 50;

function Changes({ context: { sequence, changes, omitted } }: { readonly context: RunContext }) {
  if (changes.length === 0) return <p className="soft">Event {sequence} changed nothing of this.</p>;
  const untold = omitted + Math.max(0, changes.length - changesMax);

  return (
    <section className="changes" aria-label={`Changed by event ${sequence}`}>
      <h2>Changed by event {sequence}</h2>
      <ul>
        {changes.slice(0, changesMax).map(({ path, before, after }) => (
          <li key={path} className="mono">
            <span>{path}</span> {before === undefined ? null : <del>{preview(before)}</del>}{' '}
            {after === undefined ? <span className="soft">removed</span> : <ins>{preview(after)}</ins>}
          </li>
        ))}
      </ul>
      {untold > 0 ? <p className="soft">and {untold} more</p> : null}
    </section>
  );
}

type RowProps = { readonly row: TreeRow; readonly onToggle: (path: string) => void };

function Row({ row, onToggle }: RowProps) {
  const text = (
    <>
      <span className="tree-name">{row.name}</span>
      {row.before === undefined ? null : <del>{row.before}</del>}
      {row.mark === 'changed' || row.mark === 'added' ? <ins>{row.preview}</ins> : <span>{row.preview}</span>}
      {row.mark === 'inside' || row.mark === undefined ? null : <em>{row.mark}</em>}
    </>
  );
  const style = { paddingLeft: 8 + row.depth * 16 };

  return row.isGroup ? (
    <button
      type="button"
      className="tree-row group"
      data-mark={row.mark}
      style={style}
      aria-expanded={row.isOpen}
      onClick={() => onToggle(row.path)}
    >
      <span aria-hidden="true">{row.isOpen ? '▾' : '▸'}</span>
      {text}
    </button>
  ) : (
    <div className="tree-row" data-mark={row.mark} style={style}>
      <span aria-hidden="true" />
      {text}
    </div>
  );
}
