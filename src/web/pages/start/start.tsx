import { type SubmitEvent, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { DefinitionPage } from '../../../api/definitions.ts';
import { useApi } from '../../api/client.ts';
import type { JsonRecord } from '../../api/json.ts';
import type { PageProps } from '../../page-props.ts';
import { Panel } from '../../parts/panel.tsx';
import { Unloaded } from '../../parts/unloaded.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import './start.css';
import type { FormField } from '../../../api/people.ts';
import { localStore } from '../../parts/local-store.ts';
import { TimeText } from '../../parts/time-text.tsx';
import { type Preset, readPresets, withPreset, writePresets } from './presets.ts';
import { StartForm } from './start-form.tsx';
import { addressInput, firstInput, pinnedName } from './start-input.ts';

/** Starts a run of a definition: a form made of its inputs. */
export function StartPage({ params }: PageProps) {
  const id = params['definition'] ?? '';
  const [base = id, version] = id.split('@');
  const definition = useApi(['definitions', base], version === undefined ? undefined : { version });
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
      {/* Whoever edits a file and starts its id is told which of the two counts. */}
      {version === undefined && definition.data?.draft !== undefined && (
        <p className="soft">{definition.data.draft.message}</p>
      )}
      {definition.data === undefined && (
        <Unloaded error={definition.error} onRetry={() => void definition.refetch()} />
      )}
      {definition.data !== undefined && <FilledForm key={id} definition={definition.data} />}
    </>
  );
}

function FilledForm({ definition }: { readonly definition: DefinitionPage }) {
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
        <StartForm definition={pinnedName(definition)} fields={fields} input={input} onChange={change} />
      </Panel>
      <div className="start-side">
        <PresetPanel definition={definition.id} fields={fields} input={input} onTake={take} />
        <RecentInputs recent={recentInputs} onTake={take} />
      </div>
    </div>
  );
}

type PresetPanelProps = {
  /** The id without a version: inputs are mostly the same ones in the next. */
  readonly definition: string;
  readonly fields: readonly FormField[];
  readonly input: JsonRecord;
  readonly onTake: (input: JsonRecord) => void;
};

/** Inputs that somebody gave a name to, in this browser. */
function PresetPanel({ definition, fields, input, onTake }: PresetPanelProps) {
  const [presets, setPresets] = useState(() => readPresets(localStore(), definition));
  const [isLost, setLost] = useState(false);
  // Another tab may have kept some since: what the browser has is changed, as long as it keeps anything.
  const change = (changed: (before: readonly Preset[]) => readonly Preset[]): void => {
    const next = changed(isLost ? presets : readPresets(localStore(), definition));
    setPresets(next);
    setLost(!writePresets(localStore(), definition, next));
  };

  return (
    <Panel title="Presets" note="kept in this browser, without secrets">
      <div className="form">
        {presets.length > 0 && (
          <ul className="recent">
            {presets.map((preset) => (
              <PresetRow
                key={preset.name}
                preset={preset}
                onTake={() => onTake(preset.input)}
                onForget={() => change((before) => before.filter(({ name }) => name !== preset.name))}
              />
            ))}
          </ul>
        )}
        <KeepForm onKeep={(name) => change((before) => withPreset(before, { name, input }, fields))} />
        {isLost && (
          <p className="field-wrong">
            This browser keeps nothing for this page: presets are gone when it is left.
          </p>
        )}
      </div>
    </Panel>
  );
}

type PresetRowProps = {
  readonly preset: Preset;
  readonly onTake: () => void;
  readonly onForget: () => void;
};

function PresetRow({ preset: { name, input }, onTake, onForget }: PresetRowProps) {
  return (
    <li>
      <strong>{name}</strong>
      <code>{JSON.stringify(input)}</code>
      <span className="form-end">
        <button type="button" className="quiet" aria-label={`Use ${name}`} onClick={onTake}>
          Use
        </button>
        <button type="button" className="quiet" aria-label={`Forget ${name}`} onClick={onForget}>
          Forget
        </button>
      </span>
    </li>
  );
}

function KeepForm({ onKeep }: { readonly onKeep: (name: string) => void }) {
  const [name, setName] = useState('');
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (name.trim() === '') return;
    onKeep(name.trim());
    setName('');
  };

  return (
    <form className="field" onSubmit={submit}>
      <label className="field">
        <strong>Save these inputs as</strong>
        <input
          value={name}
          maxLength={60}
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <span className="form-end">
        <button type="submit" disabled={name.trim() === ''}>
          Keep
        </button>
      </span>
    </form>
  );
}

type RecentInputsProps = {
  readonly recent: DefinitionPage['recentInputs'];
  readonly onTake: (input: JsonRecord) => void;
};

/** What earlier runs were given, to begin with. */
function RecentInputs({ recent, onTake }: RecentInputsProps) {
  return (
    <Panel title="Recent inputs" empty={recent.length === 0 ? 'No runs have been started yet.' : undefined}>
      <ul className="recent">
        {recent.map(({ run, at, input }) => (
          <li key={run}>
            <code>{JSON.stringify(input)}</code>
            <span className="form-end soft">
              <TimeText iso={at} />
              <Link href={`/runs/${run}`}>View run</Link>
              <button type="button" className="quiet" onClick={() => onTake(input)}>
                Use
              </button>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

type VersionChoiceProps = {
  readonly id: string;
  /** The one that is named; undefined: the one that is started when none is. */
  readonly chosen: string | undefined;
  /** The number of the latter. */
  readonly usual: number;
  readonly versions: readonly number[];
};

/** Which version is started. The form stays filled in. */
function VersionChoice({ id, chosen, usual, versions }: VersionChoiceProps) {
  const [, navigate] = useLocation();
  const choose = (version: string): void => {
    const name = version === '' ? id : `${id}@${version}`;
    navigate(`/start/${encodeURIComponent(name)}${window.location.search}`, { replace: true });
  };

  return (
    <label className="check">
      Version&nbsp;
      <select value={chosen ?? ''} onChange={(event) => choose(event.target.value)}>
        <option value="">{chosen === undefined ? `as usual (${usual})` : 'as usual'}</option>
        {versions
          .toSorted((one, other) => other - one)
          .map((version) => (
            <option key={version} value={version}>
              {version}
            </option>
          ))}
      </select>
    </label>
  );
}
