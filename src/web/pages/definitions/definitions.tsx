import { Link } from 'wouter';
import type { DefinitionRow } from '../../../api/definitions.ts';
import { useApi } from '../../api/client.ts';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { EmptyNote } from '../empty-note.tsx';
import { FilterBar } from '../filter-bar.tsx';
import { ListPanel } from '../list-panel.tsx';
import { DefinitionsTable } from './definitions-table.tsx';

/** The definitions of the project and the registered ones. */
export function DefinitionsPage() {
  usePageTitle('Definitions');
  const [filter, setFilter] = useUrlState('q');
  const query = useApi(['definitions']);
  const rows = query.data?.items ?? [];
  const shown = rows.filter((row) => fits(row, filter));
  return (
    <>
      <div className="page-head">
        <h1>Definitions</h1>
        <FilterBar
          label="Filter definitions"
          value={filter}
          onChange={setFilter}
          shown={shown.length}
          of={query.data?.total ?? 0}
        />
        <span className="end">
          <Link href="/new" className="button primary">
            New definition
          </Link>
        </span>
      </div>
      <ListPanel
        title="Definitions"
        query={query}
        there={rows.length}
        shown={shown.length}
        onClear={() => setFilter('')}
        nothing={<NoDefinitions />}
      >
        <DefinitionsTable rows={shown} />
      </ListPanel>
    </>
  );
}

function NoDefinitions() {
  return (
    <EmptyNote
      text="This project has no definition yet. A definition is a YAML file in the folder definitions/."
      command="workflow definitions publish definitions/my-workflow.yaml"
      action={{ label: 'Look through the templates', href: '/templates' }}
    />
  );
}

function fits({ id, name = '', description = '', labels, agents }: DefinitionRow, filter: string): boolean {
  const said = [id, name, description, ...Object.values(labels), ...agents];

  return said.join(' ').toLowerCase().includes(filter.trim().toLowerCase());
}
