import { type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { EmergencyReport } from '../../api/commands.ts';
import { postJson } from '../api/client.ts';
import { useSettled } from '../editor/settled.ts';
import { Panel } from '../parts/panel.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { usePageTitle } from '../session/page-title.ts';
import { EmergencyAct } from './emergency-act.tsx';
import { EmergencyAsk } from './emergency-ask.tsx';
import { EmergencyRecord } from './emergency-record.tsx';
import { type EmergencyAction, type Scope, whereOf } from './emergency-words.ts';
import './emergency.css';

const SETTLED_MS = 300;

/** Stops much at once. A page of its own: what it would do is read before it can be asked for. */
export function EmergencyPage() {
  usePageTitle('Emergency stop');
  const [scope, setScope] = useState<Scope>({ kind: 'everything', value: '' });
  const [action, setAction] = useState<EmergencyAction>('stop-starts');
  const where = useSettled(whereOf(scope), SETTLED_MS);
  const trial = useTrial(where, action);
  // While a scope is being typed nothing may be done: what is shown would be of another one.
  const isAsked = where === whereOf(scope);
  const stop = useStop({ where, action });

  return (
    <>
      <h1>Emergency stop</h1>
      {stop.data === undefined ? (
        <>
          <Panel title="1. What to stop, and how">
            <EmergencyAsk scope={scope} action={action} onScope={setScope} onAction={setAction} />
          </Panel>
          <EffectPanel trial={trial} where={where} isAsked={isAsked} />
          {isAsked && trial.data !== undefined && (
            <Panel title="3. Do it">
              <EmergencyAct
                key={`${where} ${action}`}
                scope={scope}
                action={action}
                report={trial.data}
                isBusy={stop.isPending}
                onStop={(reason) => stop.mutate({ reason, expectCount: trial.data.total })}
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
    queryFn: () =>
      postJson<EmergencyReport>(['emergency'], {
        where,
        action,
        reason: 'to see what would happen',
        dryRun: true,
      }),
    enabled: where !== undefined,
    staleTime: 0,
    gcTime: 0,
  });
}

function useStop(asked: { readonly where: string | undefined; readonly action: EmergencyAction }) {
  const queries = useQueryClient();

  return useMutation({
    mutationFn: (said: { readonly reason: string; readonly expectCount: number }) =>
      postJson<EmergencyReport>(['emergency'], { ...asked, ...said }),
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
      empty={where === undefined ? <p>Say what is to be stopped.</p> : undefined}
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
