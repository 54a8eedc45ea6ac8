import { Link } from 'wouter';
import type { DefinitionRow } from '../../api/definitions.ts';
import type { Graph } from '../../api/run-parts.ts';
import { useApi } from '../api/use-api.ts';
import { GraphThumbnail } from '../charts/graph-thumbnail.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { usePageTitle } from '../session/page-title.ts';
import { FilterBar } from './filter-bar.tsx';
import { ListPanel } from './list-panel.tsx';
import './templates.css';

type Template = DefinitionRow & { readonly graph?: Graph };

/** The library that comes with the program: to be copied under another name. */
export function TemplatesPage() {
  usePageTitle('Templates');
  const [filter, setFilter] = useUrlState('q');
  const query = useApi<{ readonly templates: readonly Template[] }>(['templates']);
  const templates = query.data?.templates ?? [];
  const shown = templates.filter((one) => fits(one, filter));

  return (
    <>
      <div className="page-head">
        <h1>Templates</h1>
        <FilterBar
          label="Filter templates"
          value={filter}
          onChange={setFilter}
          shown={shown.length}
          of={templates.length}
        />
        <Link href="/new" className="button">
          Start from nothing
        </Link>
      </div>
      {shown.length === 0 ? (
        <ListPanel
          title="Library"
          query={query}
          there={templates.length}
          shown={0}
          onClear={() => setFilter('')}
          nothing={<p>The library is empty.</p>}
        >
          {null}
        </ListPanel>
      ) : (
        <Cards templates={shown} />
      )}
    </>
  );
}

function Cards({ templates }: { readonly templates: readonly Template[] }) {
  return (
    <ul className="templates">
      {templates.map((template) => (
        <li key={template.id}>
          <Card template={template} />
        </li>
      ))}
    </ul>
  );
}

function Card({ template }: { readonly template: Template }) {
  const { id, name, description, tasks, agents, triggers, labels, graph } = template;
  const needs = [
    `${tasks} ${tasks === 1 ? 'task' : 'tasks'}`,
    agents.length === 0 ? 'no agents' : `agents ${agents.join(', ')}`,
    triggers.length === 0 ? 'started by hand' : `triggers ${triggers.join(', ')}`,
  ];

  return (
    <article className="panel template" aria-label={name ?? id}>
      {graph === undefined ? <TemplateGraph id={id} /> : <GraphThumbnail graph={graph} />}
      <div>
        <h2>{name ?? id}</h2>
        <p className="soft mono">{id}</p>
      </div>
      {description !== undefined && <p>{description}</p>}
      <p className="soft">{[labels['department'], ...needs].filter(Boolean).join(' · ')}</p>
      <p className="chips">
        <Link href={`/new?template=${encodeURIComponent(id)}`} className="button">
          Use
        </Link>
      </p>
    </article>
  );
}

/** Its picture comes by itself: the text of the page does not wait for it. */
function TemplateGraph({ id }: { readonly id: string }) {
  const { data } = useApi<Graph>(['definitions', id, 'graph']);

  return data === undefined ? <div className="template-gap" /> : <GraphThumbnail graph={data} />;
}

function fits({ id, name = '', description = '', labels }: Template, filter: string): boolean {
  return [id, name, description, ...Object.values(labels)]
    .join(' ')
    .toLowerCase()
    .includes(filter.trim().toLowerCase());
}
