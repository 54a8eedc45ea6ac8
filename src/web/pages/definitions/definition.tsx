import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { DefinitionPage as Definition, DefinitionPage } from '../../../api/definitions.ts';
import type { Graph } from '../../../api/run-parts.ts';
import { getJson, useApi } from '../../api/client.ts';
import { GraphSwitch } from '../../graph/graph-switch.tsx';
import { GraphView } from '../../graph/graph-view.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { Unloaded } from '../../parts/unloaded.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { DefinitionProblems } from './definition-problems.tsx';
import { DefinitionVersions } from './definition-versions.tsx';
import './definition.css';
import { EmptyNote } from '../empty-note.tsx';
import { FewRunsTable } from '../history.tsx';

const SHOWN_MAX = 50;
const FILE_MS = 2_000;

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
  const [isFile, setIsFile] = useState(false);
  const asked = isFile ? { everyMs: FILE_MS } : {};
  const { data, error, isPending, refetch } = useApi(['definitions', id], { version }, asked);
  // No event tells of a file that is saved.
  if ((data?.source === 'project') !== isFile) setIsFile(!isFile);

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
    return <p className="empty">No graph: the text has problems.</p>;
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

/** What it says about itself, what it asks for, and its text. */
function DefinitionRead({ definition }: { readonly definition: DefinitionPage }) {
  return (
    <div className="definition-read">
      <Panel
        title="Text"
        note={definition.file}
        actions={<CopyButton text={definition.text} label="Copy the text" />}
        isFlush
      >
        <NumberedText text={definition.text} />
      </Panel>
      <div className="form">
        <DefinitionProblems definition={definition} />
        <Panel title="About">
          <About definition={definition} />
        </Panel>
        <Panel title="Inputs" empty={definition.fields.length === 0 ? <p>No inputs needed.</p> : undefined}>
          <Inputs fields={definition.fields} />
        </Panel>
      </div>
    </div>
  );
}

/** Numbers that can be named in a link or a message; they are not copied with the text. */
function NumberedText({ text }: { readonly text: string }) {
  const lines = text.replace(/\n$/, '').split('\n');

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1).
    <section className="numbered-text" aria-label="Text of the definition" tabIndex={0}>
      <pre aria-hidden="true" className="soft">
        {lines.map((_, index) => index + 1).join('\n')}
      </pre>
      <pre>{text}</pre>
    </section>
  );
}

function About({ definition }: { readonly definition: DefinitionPage }) {
  const { description, labels, agents, triggers, tasks, source, hash } = definition;
  const facts: readonly (readonly [string, string])[] = [
    ['Tasks', String(tasks)],
    ['Agents', agents.join(', ')],
    ['Triggers', triggers.join(', ')],
    ...Object.entries(labels).map(([name, value]) => [name, value] as const),
    ['Source', source],
    ['Digest', hash],
  ];

  return (
    <>
      {description !== undefined && <p className="definition-about">{description}</p>}
      <dl className="facts">
        {facts
          .filter(([, value]) => value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {triggers.length > 0 && (
        <Link href={`/triggers?q=${encodeURIComponent(definition.id)}`}>Its triggers</Link>
      )}
    </>
  );
}

function Inputs({ fields }: Pick<DefinitionPage, 'fields'>) {
  return (
    <dl className="facts">
      {fields.map(({ name, required, type, description, default: standard }) => (
        <div key={name}>
          <dt className="mono">{name}</dt>
          <dd>
            {[
              type,
              required ? 'required' : '',
              standard === undefined ? '' : `default ${JSON.stringify(standard)}`,
            ]
              .filter(Boolean)
              .join(', ')}
            {description !== undefined && <p className="soft">{description}</p>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
