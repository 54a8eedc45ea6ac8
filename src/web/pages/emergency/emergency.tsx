import { skipToken, type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { EmergencyReport } from '../../../api/commands.ts';
import { postJson, useApi } from '../../api/client.ts';
import { useSettled } from '../../editor/settled.ts';
import { Panel } from '../../parts/panel.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { usePageTitle } from '../../session/page-title.ts';
import { EmergencyRecord } from './emergency-record.tsx';
import {
  actions,
  confirmationOf,
  type EmergencyAction,
  type EmergencyChoice,
  whereOf,
} from './emergency-words.ts';
import '../emergency.css';
import { useSession } from '../../session/session.ts';

const kinds: readonly { readonly kind: EmergencyChoice['kind']; readonly name: string }[] = [
  { kind: 'everything', name: 'everything that is under way' },
  { kind: 'definition', name: 'the runs of one definition' },
  { kind: 'run', name: 'one run' },
  { kind: 'filter', name: 'the runs that a filter finds' },
];

const SETTLED_MS = 300;

/** Stops much at once. A page of its own: what it would do is read before it can be asked for. */
export function EmergencyPage() {
  usePageTitle('Emergency stop');
  const [scope, setScope] = useState<EmergencyChoice>({ kind: 'everything', value: '' });
  const [action, setAction] = useState<EmergencyAction>('stop-starts');
  const where = useSettled(whereOf(scope), SETTLED_MS);
  const trial = useTrial(where, action);
  // While a scope is being typed nothing may be done: what is shown would be of another one.
  const isAsked = where === whereOf(scope);
  const stop = useStop(action);

  return (
    <>
      <h1>Emergency stop</h1>
      {stop.data === undefined ? (
        <>
          <Panel title="1. What to stop, and how">
            <EmergencyAsk scope={scope} action={action} onScope={setScope} onAction={setAction} />
          </Panel>
          <EffectPanel trial={trial} where={where} isAsked={isAsked} />
          {isAsked && where !== undefined && trial.data !== undefined && (
            <Panel title="3. Do it">
              <EmergencyAct
                key={`${where} ${action}`}
                scope={scope}
                action={action}
                report={trial.data}
                isBusy={stop.isPending}
                onStop={(reason) => stop.mutate({ where, reason, expectCount: trial.data.total })}
              />
              {stop.error !== null && <ProblemNote error={stop.error} />}
            </Panel>
          )}
        </>
      ) : (
        <EmergencyRecord asked={stop.variables} action={action} report={stop.data} onAgain={stop.reset} />
      )}
    </>
  );
}

function useTrial(where: string | undefined, action: EmergencyAction) {
  return useQuery({
    queryKey: ['emergency', where, action],
    queryFn:
      where === undefined
        ? skipToken
        : () => postJson(['emergency'], { where, action, reason: 'to see what would happen', dryRun: true }),
    staleTime: 0,
    gcTime: 0,
  });
}

type Stop = { readonly where: string; readonly reason: string; readonly expectCount: number };

function useStop(action: EmergencyAction) {
  const queries = useQueryClient();

  return useMutation({
    mutationFn: (stop: Stop) => postJson(['emergency'], { action, ...stop }),
    // It may be refused because there are more runs by now: then the new count is shown.
    onError: () => queries.invalidateQueries({ queryKey: ['emergency'] }),
  });
}

type EffectPanelProps = {
  readonly trial: UseQueryResult<EmergencyReport>;
  readonly where: string | undefined;
  readonly isAsked: boolean;
};

function EffectPanel({ trial, where, isAsked }: EffectPanelProps) {
  return (
    <Panel
      title="2. What will happen"
      isLoading={trial.isLoading || !isAsked}
      error={trial.error}
      onRetry={() => void trial.refetch()}
      empty={where === undefined ? <p>Choose what to stop.</p> : undefined}
    >
      {trial.data !== undefined && <Effect report={trial.data} />}
    </Panel>
  );
}

function Effect({ report: { effect, triggers, items, total } }: { readonly report: EmergencyReport }) {
  return (
    <div className="form">
      <ul className="effect">
        {effect.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {triggers.length > 0 && <p className="soft">Triggers: {triggers.join(', ')}</p>}
      {items.length > 0 && (
        <details>
          <summary>
            {total} {total === 1 ? 'run' : 'runs'}
            {items.length < total ? `, the first ${items.length} of them` : ''}
          </summary>
          <ul className="mono">
            {items.map(({ run, shortId, definition }) => (
              <li key={run}>
                {shortId} {definition}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

type EmergencyActProps = {
  readonly scope: EmergencyChoice;
  readonly action: EmergencyAction;
  readonly report: EmergencyReport;
  readonly isBusy: boolean;
  readonly onStop: (reason: string) => void;
};

/** Asks for the reason, and for a word that shows that the effect was read. */
function EmergencyAct({ scope, action, report, isBusy, onStop }: EmergencyActProps) {
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const { readOnly, actor } = useSession();
  const wanted = confirmationOf(scope, report.total);
  const isReady = reason.trim() !== '' && typed.trim() === wanted && !isBusy && !readOnly;
  const name = actions.find((one) => one.action === action)?.name ?? action;

  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) onStop(reason.trim());
      }}
    >
      <ReasonField value={reason} onChange={setReason} by={actor} />
      <label className="field">
        <strong>
          Type {wantedText(scope, action)}: {wanted}
        </strong>
        <input
          value={typed}
          autoComplete="off"
          spellCheck={false}
          onChange={({ target }) => setTyped(target.value)}
        />
      </label>
      <div className="form-end">
        <button type="submit" className="danger" disabled={!isReady}>
          {isBusy ? 'Stopping ...' : name}
        </button>
        {readOnly && <span className="soft">This dashboard is read-only.</span>}
      </div>
      {isBusy && <progress aria-label="Stopping" />}
    </form>
  );
}

type ReasonProps = {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly by: string;
};

function ReasonField({ value, onChange, by }: ReasonProps) {
  return (
    <label className="field">
      <strong>Reason</strong>
      <textarea value={value} maxLength={2_000} required onChange={({ target }) => onChange(target.value)} />
      <span className="field-help">It is written into the journal of every run, with your name: {by}.</span>
    </label>
  );
}

function wantedText(scope: EmergencyChoice, action: EmergencyAction): string {
  if (scope.kind === 'definition') return 'the name of the definition';

  return action === 'stop-starts' ? 'how many triggers these are' : 'how many runs these are';
}

type EmergencyAskProps = {
  readonly scope: EmergencyChoice;
  readonly action: EmergencyAction;
  readonly onScope: (scope: EmergencyChoice) => void;
  readonly onAction: (action: EmergencyAction) => void;
};

/** Which runs, and what is done to them. */
function EmergencyAsk({ scope, action, onScope, onAction }: EmergencyAskProps) {
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
  const { data } = useApi(['definitions']);

  return (
    <label className="field">
      <strong>Definition</strong>
      <select value={scope.value} onChange={({ target }) => onScope({ ...scope, value: target.value })}>
        <option value="">choose one</option>
        {data?.items.map(({ id, runs }) => (
          <option key={id} value={id}>
            {id} ({runs.running} under way)
          </option>
        ))}
      </select>
    </label>
  );
}
