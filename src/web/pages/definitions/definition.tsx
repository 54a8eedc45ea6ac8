import { Link } from 'wouter';
import type { DefinitionPage as Definition } from '../../../api/definitions.ts';
import { useApi } from '../../api/client.ts';
import { Panel } from '../../parts/panel.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { DefinitionGraph } from './definition-graph.tsx';
import { DefinitionRead } from './definition-read.tsx';
import { DefinitionRuns } from './definition-runs.tsx';
import { DefinitionVersions } from './definition-versions.tsx';
import './definition.css';

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
  const { data, error, isPending, refetch } = useApi<Definition>(['definitions', id], { version });

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
