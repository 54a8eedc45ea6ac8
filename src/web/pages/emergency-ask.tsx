import type { DefinitionRow } from '../../api/definitions.ts';
import { useApi } from '../api/use-api.ts';
import { actions, type EmergencyAction, type Scope } from './emergency-words.ts';

export type EmergencyAskProps = {
  readonly scope: Scope;
  readonly action: EmergencyAction;
  readonly onScope: (scope: Scope) => void;
  readonly onAction: (action: EmergencyAction) => void;
};

const kinds: readonly { readonly kind: Scope['kind']; readonly name: string }[] = [
  { kind: 'everything', name: 'everything that is under way' },
  { kind: 'definition', name: 'the runs of one definition' },
  { kind: 'run', name: 'one run' },
  { kind: 'filter', name: 'the runs that a filter finds' },
];

/** Which runs, and what is done to them. */
export function EmergencyAsk({ scope, action, onScope, onAction }: EmergencyAskProps) {
  return (
    <div className="form">
      <label className="field">
        <strong>Scope</strong>
        <select
          value={scope.kind}
          onChange={({ target }) => {
            const chosen = kinds.find(({ kind }) => kind === target.value);
            if (chosen !== undefined) onScope({ kind: chosen.kind, value: '' });
          }}
        >
          {kinds.map(({ kind, name }) => (
            <option key={kind} value={kind}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <ScopeValue scope={scope} onScope={onScope} />
      <fieldset className="emergency-actions">
        <legend>Action</legend>
        {actions.map((one) => (
          <label key={one.action} className="emergency-action">
            <input
              type="radio"
              name="action"
              checked={one.action === action}
              onChange={() => onAction(one.action)}
            />
            <span>
              <strong>{one.name}</strong>
              <span className="soft">{one.meaning}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </div>
  );
}

function ScopeValue({ scope, onScope }: Pick<EmergencyAskProps, 'scope' | 'onScope'>) {
  if (scope.kind === 'everything') return null;
  if (scope.kind === 'definition') return <DefinitionChoice scope={scope} onScope={onScope} />;

  return (
    <label className="field">
      <strong>{scope.kind === 'run' ? 'Run' : 'Terms'}</strong>
      <input
        className="mono"
        spellCheck={false}
        value={scope.value}
        onChange={({ target }) => onScope({ ...scope, value: target.value })}
      />
      <span className="field-help">
        {scope.kind === 'run' ? 'Its id' : 'As of the runs list, such as definition=orders error=http.500'}
      </span>
    </label>
  );
}

function DefinitionChoice({ scope, onScope }: Pick<EmergencyAskProps, 'scope' | 'onScope'>) {
  const { data } = useApi<{ readonly definitions: readonly DefinitionRow[] }>(['definitions']);

  return (
    <label className="field">
      <strong>Definition</strong>
      <select value={scope.value} onChange={({ target }) => onScope({ ...scope, value: target.value })}>
        <option value="">choose one</option>
        {data?.definitions.map(({ id, runs }) => (
          <option key={id} value={id}>
            {id} ({runs.running} under way)
          </option>
        ))}
      </select>
    </label>
  );
}
