import { type SubmitEvent, useState } from 'react';
import type { FormField } from '../../../api/people.ts';
import type { JsonRecord } from '../../api/json.ts';
import { localStore } from '../../parts/local-store.ts';
import { Panel } from '../../parts/panel.tsx';
import { type Preset, readPresets, withPreset, writePresets } from './presets.ts';

export type PresetPanelProps = {
  /** The id without a version: inputs are mostly the same ones in the next. */
  readonly definition: string;
  readonly fields: readonly FormField[];
  readonly input: JsonRecord;
  readonly onTake: (input: JsonRecord) => void;
};

/** Inputs that somebody gave a name to, in this browser. */
export function PresetPanel({ definition, fields, input, onTake }: PresetPanelProps) {
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
        <strong>Keep these inputs as</strong>
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
