import { useState } from 'react';
import { Link } from 'wouter';
import type { DefinitionPage } from '../../../api/definitions.ts';
import type { JsonRecord } from '../../api/json.ts';
import { useApi } from '../../api/use-api.ts';
import type { PageProps } from '../../page-props.ts';
import { Panel } from '../../parts/panel.tsx';
import { Unloaded } from '../../parts/unloaded.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { PresetPanel } from './preset-panel.tsx';
import { RecentInputs } from './recent-inputs.tsx';
import './start.css';
import { StartForm } from './start-form.tsx';
import { addressInput, firstInput } from './start-input.ts';
import { VersionChoice } from './version-choice.tsx';

/** Starts a run of a definition: a form made of its inputs. */
export function StartPage({ params }: PageProps) {
  const id = params['definition'] ?? '';
  const [base = id, version] = id.split('@');
  const definition = useApi<DefinitionPage>(
    ['definitions', base],
    version === undefined ? undefined : { version },
  );
  usePageTitle(`Start ${id}`);

  return (
    <>
      <div className="page-head">
        <h1>Start {id}</h1>
        <Link href={`/definitions/${encodeURIComponent(base)}`}>its definition</Link>
        {definition.data !== undefined && definition.data.versions.length > 1 && (
          <VersionChoice
            id={base}
            chosen={version}
            usual={definition.data.version}
            versions={definition.data.versions}
          />
        )}
      </div>
      {definition.data?.description !== undefined && <p className="soft">{definition.data.description}</p>}
      {definition.data === undefined && (
        <Unloaded error={definition.error} onRetry={() => void definition.refetch()} />
      )}
      {definition.data !== undefined && <FilledForm key={id} id={id} definition={definition.data} />}
    </>
  );
}

function FilledForm({ id, definition }: { readonly id: string; readonly definition: DefinitionPage }) {
  const { fields, recentInputs } = definition;
  const [address, setAddress] = useUrlState('input');
  const [input, setInput] = useState<JsonRecord>(() => firstInput(fields, address));
  const change = (next: JsonRecord): void => {
    setInput(next);
    setAddress(addressInput(fields, next));
  };

  const take = (taken: JsonRecord): void => change({ ...firstInput(fields, ''), ...taken });

  return (
    <div className="start-columns">
      <Panel title="Inputs">
        <StartForm definition={id} fields={fields} input={input} onChange={change} />
      </Panel>
      <div className="start-side">
        <PresetPanel definition={definition.id} fields={fields} input={input} onTake={take} />
        <RecentInputs recent={recentInputs} onTake={take} />
      </div>
    </div>
  );
}
