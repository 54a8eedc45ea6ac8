import { useState } from 'react';
import { Link } from 'wouter';
import type { DefinitionPage as Definition, DefinitionPage } from '../../../api/definitions.ts';
import type { Graph } from '../../../api/run-parts.ts';
import { getJson, useApi } from '../../api/client.ts';
import { GraphSwitch } from '../../graph/graph-switch.tsx';
import { GraphView } from '../../graph/graph-view.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { Unloaded } from '../../parts/unloaded.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { DefinitionRead } from './definition-read.tsx';
import { DefinitionVersions } from './definition-versions.tsx';
import './definition.css';
import { useQuery } from '@tanstack/react-query';
import { EmptyNote } from '../empty-note.tsx';
import { FewRunsTable } from '../history.tsx';

const SHOWN_MAX = 50;

const tabs = [
  { id: 'read', label: 'Read' },
  { id: 'graph', label: 'Graph' },
  { id: 'versions', label: 'Versions' },
  { id: 'runs', label: 'Runs' },
] as const;

/** One definition, or one version of it: its text, its graph, its versions and its runs. */
export function DefinitionView({
  params: { id = '' },
}: {
  readonly params: { readonly id?: string | undefined };
}) {
  usePageTitle(id);
  const [tab, setTab] = useUrlState('tab', 'read');
  const [version] = useUrlState('version');
  const { data, error, isPending, refetch } = useApi(['definitions', id], { version });

  return (
    <>
      <Head id={id} definition={data} />
      {data === undefined ? (
        <Panel title="Definition" isLoading={isPending} error={error} onRetry={() => void refetch()}>
          {null}
        </Panel>
      ) : (
        <Tabs tabs={tabs} selected={tab} onSelect={setTab} label="About the definition">
          <div className="definition-tab">
            <DefinitionTab tab={tab} definition={data} />
          </div>
        </Tabs>
      )}
    </>
  );
}

function DefinitionTab({ tab, definition }: { readonly tab: string; readonly definition: Definition }) {
  switch (tab) {
    case 'graph':
      return <DefinitionGraph definition={definition} />;
    case 'versions':
      return <DefinitionVersions definition={definition} />;
    case 'runs':
      return <DefinitionRuns definition={definition} />;
    default:
      return <DefinitionRead definition={definition} />;
  }
}

function Head({ id, definition }: { readonly id: string; readonly definition: Definition | undefined }) {
  const path = encodeURIComponent(id);

  return (
    <div className="page-head">
      <h1>{definition?.name ?? id}</h1>
      <span className="soft mono">
        {id}
        {definition === undefined ? '' : ` v${definition.version}`}
      </span>
      <span className="end">
        <Link href={`/definitions/${path}/edit`} className="button">
          Edit
        </Link>
        {definition?.problems === 0 && (
          <Link href={`/start/${path}`} className="button primary">
            Start a run
          </Link>
        )}
      </span>
    </div>
  );
}

/** The tasks and how they hang together, or the states of their statechart. */
function DefinitionGraph({ definition }: { readonly definition: DefinitionPage }) {
  const [view, setView] = useUrlState('view', 'tasks');
  if (definition.graph.nodes.length === 0) {
    return <p className="empty">There is no graph: the text has problems.</p>;
  }

  return (
    <div className="definition-graph">
      <GraphSwitch view={view} onView={setView} />
      {view === 'states' ? (
        <StatesOf id={definition.id} />
      ) : (
        <Drawn graph={definition.graph} id={definition.id} of="task" />
      )}
    </div>
  );
}

function StatesOf({ id }: { readonly id: string }) {
  const [version] = useUrlState('version');
  const { data, error, refetch } = useApi(['definitions', id, 'graph'], { version, view: 'states' });
  if (data === undefined) return <Unloaded error={error} onRetry={() => void refetch()} />;

  return <Drawn graph={data} id={id} of="state" />;
}

type DrawnProps = { readonly graph: Graph; readonly id: string; readonly of: 'task' | 'state' };

/** A graph whose boxes tell where in the text they stand. */
function Drawn({ graph, id, of }: DrawnProps) {
  const [selected, setSelected] = useState<string>();
  const node = graph.nodes.find((each) => each.id === selected);

  return (
    <>
      <GraphView graph={graph} selected={selected} onSelect={setSelected} label={`Graph of ${id}`} />
      <output className="soft">
        {node === undefined
          ? `Choose a ${of} to see where it stands.`
          : `${node.id}, ${node.type}${lineText(node.line)}`}
      </output>
    </>
  );
}

function lineText(line: number | undefined): string {
  return line === undefined ? '' : `, line ${line} of the text`;
}

/** Its latest runs. */
function DefinitionRuns({ definition: { id } }: { readonly definition: DefinitionPage }) {
  const where = `definition=${id}`;
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['definitions', id, 'runs'],
    queryFn: ({ signal }) => getJson(['runs'], { where, limit: SHOWN_MAX }, signal),
  });
  const runs = data?.items ?? [];

  return (
    <Panel
      title="Runs"
      note={data === undefined ? undefined : `the latest ${runs.length} of ${data.total}`}
      actions={<Link href={`/runs?where=${encodeURIComponent(where)}`}>All in the runs list</Link>}
      isFlush={runs.length > 0}
      isLoading={isPending}
      error={data === undefined ? error : undefined}
      onRetry={() => void refetch()}
      empty={
        runs.length > 0 ? undefined : (
          <EmptyNote
            text="Nobody has started it yet."
            command={`workflow start ${id}`}
            action={{ label: 'Start a run', href: `/start/${encodeURIComponent(id)}` }}
          />
        )
      }
    >
      <FewRunsTable runs={runs} />
    </Panel>
  );
}
