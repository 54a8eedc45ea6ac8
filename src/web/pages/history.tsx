import { Link } from 'wouter';
import type { RunLine } from '../../api/run.ts';
import { apiPath, getJson, useApi } from '../api/client.ts';
import { countText, ShowMore, usePages } from '../api/use-pages.tsx';
import { useSettled } from '../editor/settled.ts';
import { Duration } from '../parts/duration.tsx';
import { Panel } from '../parts/panel.tsx';
import { StatusBadge } from '../parts/status/status-badge.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { usePageTitle } from '../session/page-title.ts';
import { EmptyNote } from './empty-note.tsx';
import { endedStatuses, type HistoryFilter, historyParams } from './history-params.ts';

const SETTLED_MS = 250;

/** What has ended: to be searched, and taken away as a file. */
export function HistoryPage() {
  usePageTitle('History');
  const [q, setQ] = useUrlState('q');
  const [definition, setDefinition] = useUrlState('definition');
  const [status, setStatus] = useUrlState('status');
  const filter = { q: useSettled(q, SETTLED_MS), definition, status };
  const clear = (): void => {
    setQ('');
    setDefinition('');
    setStatus('');
  };

  return (
    <>
      <div className="page-head">
        <h1>History</h1>
        <search className="chips">
          <input
            type="search"
            aria-label="Search ended runs"
            placeholder="Id, definition, trigger or error"
            value={q}
            onChange={({ target }) => setQ(target.value)}
          />
          <DefinitionChoice value={definition} onChange={setDefinition} />
          <select aria-label="Status" value={status} onChange={({ target }) => setStatus(target.value)}>
            <option value="">any end</option>
            {endedStatuses.map((one) => (
              <option key={one} value={one}>
                {one.toLowerCase().replace('_', ' ')}
              </option>
            ))}
          </select>
        </search>
        <Exports definition={definition} />
      </div>
      <p className="soft">
        Nothing is ever deleted: a run stays in the journal with all its events. The exported files hold every
        execution{definition === '' ? '' : ` of ${definition}`}, also those under way, whatever is searched
        for.
      </p>
      <EndedRuns filter={filter} onClear={clear} />
    </>
  );
}

function EndedRuns({ filter, onClear }: { readonly filter: HistoryFilter; readonly onClear: () => void }) {
  const pages = useEnded(filter);
  const { items: runs, total } = pages;
  const isFiltered = Object.values(filter).some((value) => value !== '');

  return (
    <Panel
      title="Ended runs"
      note={countText(runs.length, total)}
      isFlush={runs.length > 0}
      isLoading={pages.isPending}
      error={pages.error}
      onRetry={pages.reload}
      empty={runs.length === 0 ? <NothingEnded isFiltered={isFiltered} onClear={onClear} /> : undefined}
    >
      <FewRunsTable runs={runs} />
      <ShowMore {...pages} />
    </Panel>
  );
}

function NothingEnded({
  isFiltered,
  onClear,
}: {
  readonly isFiltered: boolean;
  readonly onClear: () => void;
}) {
  if (!isFiltered) {
    return (
      <EmptyNote
        text="No run has ended yet."
        command="workflow executions --format csv"
        action={{ label: 'What is under way', href: '/runs' }}
      />
    );
  }

  return (
    <>
      <p>No ended run matches this search.</p>
      <button type="button" onClick={onClear}>
        Clear the search
      </button>
    </>
  );
}

/** Not under `runs`: a row that has ended does not change, and pages that were read stay as they are. */
function useEnded(filter: HistoryFilter) {
  const params = historyParams(filter);

  return usePages(['history', params], (page, signal) => getJson(['runs'], { ...page, ...params }, signal));
}

type ChoiceProps = { readonly value: string; readonly onChange: (value: string) => void };

function DefinitionChoice({ value, onChange }: ChoiceProps) {
  const { data } = useApi(['definitions']);
  const ids = new Set([...(data?.items.map(({ id }) => id) ?? []), ...(value === '' ? [] : [value])]);

  return (
    <select aria-label="Definition" value={value} onChange={({ target }) => onChange(target.value)}>
      <option value="">any definition</option>
      {[...ids].map((id) => (
        <option key={id} value={id}>
          {id}
        </option>
      ))}
    </select>
  );
}

function Exports({ definition }: { readonly definition: string }) {
  return (
    <span className="end">
      {(['csv', 'jsonl'] as const).map((format) => (
        <a key={format} className="button" href={apiPath(['executions'], { format, definition })} download>
          Export {format.toUpperCase()}
        </a>
      ))}
    </span>
  );
}

/** Runs in a plain table: for the few of a definition, a failure or a search. */
export function FewRunsTable({ runs }: { readonly runs: readonly RunLine[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">Run</th>
          <th scope="col">Started</th>
          <th scope="col">Took</th>
          <th scope="col">By</th>
          <th scope="col">Error</th>
        </tr>
      </thead>
      <tbody>
        {runs.map(({ run, shortId, shown, definition, startedAt, endedAt, trigger, errorCode }) => (
          <tr key={run}>
            <td>
              <StatusBadge shown={shown} />
            </td>
            <th scope="row">
              <Link href={`/runs/${run}`} className="mono">
                {shortId}
              </Link>
              <p className="soft">
                {definition.id} v{definition.version}
              </p>
            </th>
            <td>
              <TimeText iso={startedAt} />
            </td>
            <td>
              <Duration from={startedAt} to={endedAt} />
            </td>
            <td>{trigger}</td>
            <td>{errorCode === undefined ? '' : <code>{errorCode}</code>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
