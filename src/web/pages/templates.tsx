import { Link } from 'wouter';
import type { DefinitionTemplate } from '../../api/definition-template.ts';
import type { DefinitionRow } from '../../api/definitions.ts';
import { useApi } from '../api/use-api.ts';
import { useUrlState } from '../parts/use-url-state.ts';
import { usePageTitle } from '../session/page-title.ts';
import { FilterBar } from './filter-bar.tsx';
import { ListPanel } from './list-panel.tsx';
import { TemplateCard } from './template-card.tsx';
import './templates.css';

/** The library that comes with the program: to be copied under another name. */
export function TemplatesPage() {
  usePageTitle('Templates');
  const [filter, setFilter] = useUrlState('q');
  const query = useApi<{ readonly templates: readonly DefinitionTemplate[] }>(['templates']);
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
  const { data } = useApi<{ readonly definitions: readonly DefinitionRow[] }>(['definitions']);
  const taken = new Set(data?.definitions.map(({ id }) => id));

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
