import { Link, useLocation } from 'wouter';
import type { DefinitionTemplate } from '../../api/definition-template.ts';
import { useApi } from '../api/client.ts';
import { useUrlState } from '../parts/use-url-state.ts';
import { usePageTitle } from '../session/page-title.ts';
import { FilterBar } from './filter-bar.tsx';
import { ListPanel } from './list-panel.tsx';
import './templates.css';
import { type FormEvent, useState } from 'react';
import { GraphThumbnail } from '../charts/graph-thumbnail.tsx';
import { freeId } from '../editor/definition-head.ts';
import { templateFacts } from './template-facts.ts';

/** The library that comes with the program: to be copied under another name. */
export function TemplatesPage() {
  usePageTitle('Templates');
  const [filter, setFilter] = useUrlState('q');
  const query = useApi(['templates']);
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

function Cards({ templates }: { readonly templates: readonly DefinitionTemplate[] }) {
  const { data } = useApi(['definitions']);
  const taken = new Set(data?.items.map(({ id }) => id));

  return (
    <ul className="templates">
      {templates.map((template) => (
        <li key={template.id}>
          <TemplateCard template={template} taken={taken} />
        </li>
      ))}
    </ul>
  );
}

function fits({ id, name = '', description = '', labels }: DefinitionTemplate, filter: string): boolean {
  return [id, name, description, ...Object.values(labels)]
    .join(' ')
    .toLowerCase()
    .includes(filter.trim().toLowerCase());
}

type TemplateCardProps = {
  readonly template: DefinitionTemplate;
  /** The ids that definitions of the project have already. */
  readonly taken: ReadonlySet<string>;
};

/** One template: its picture, what it is for, what it needs, what it asks for, and the way to use it. */
function TemplateCard({ template, taken }: TemplateCardProps) {
  const { id, name, description } = template;

  return (
    <article className="panel template" aria-label={name ?? id}>
      <TemplateGraph id={id} />
      <div>
        <h2>{name ?? id}</h2>
        <p className="soft mono">{id}</p>
      </div>
      {description !== undefined && <p>{description}</p>}
      <dl className="template-facts">
        {templateFacts(template).map(([fact, value]) => (
          <div key={fact}>
            <dt>{fact}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <UseTemplate id={id} free={freeId(id, taken)} taken={taken} />
    </article>
  );
}

type UseProps = { readonly id: string; readonly free: string; readonly taken: ReadonlySet<string> };

/** A copy needs a name of its own: one that is free is there already. */
function UseTemplate({ id, free, taken }: UseProps) {
  const [written, setWritten] = useState<string>();
  const [, navigate] = useLocation();
  const as = written ?? free;
  const isTaken = taken.has(as);
  const go = (event: FormEvent): void => {
    event.preventDefault();
    // A name that nobody wrote is looked for again by the editor: the list of those that are taken may be on its way.
    const named = written === undefined ? '' : `&as=${encodeURIComponent(written)}`;
    navigate(`/new?template=${encodeURIComponent(id)}${named}`);
  };

  return (
    <form className="template-use" onSubmit={go}>
      <label>
        <span className="soft">As</span>
        <input
          className="mono"
          value={as}
          required
          pattern="[a-z0-9][a-z0-9_\-]{0,62}"
          title="Small letters, digits, _ and -"
          spellCheck={false}
          onChange={({ target }) => setWritten(target.value)}
        />
      </label>
      <button type="submit">Use</button>
      {isTaken && <span className="soft">There is one of this name: this would be a version of it.</span>}
    </form>
  );
}

/** Its picture comes by itself: the text of the page does not wait for it. */
function TemplateGraph({ id }: { readonly id: string }) {
  const { data } = useApi(['definitions', id, 'graph']);

  return data === undefined ? <div className="template-gap" /> : <GraphThumbnail graph={data} />;
}
