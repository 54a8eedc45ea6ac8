import { useState } from 'react';
import type { EmergencyReport } from '../../api/commands.ts';
import { useSession } from '../session/session.ts';
import { actions, confirmationOf, type EmergencyAction, type Scope } from './emergency-words.ts';

export type EmergencyActProps = {
  readonly scope: Scope;
  readonly action: EmergencyAction;
  readonly report: EmergencyReport;
  readonly isBusy: boolean;
  readonly onStop: (reason: string) => void;
};

/** Asks for the reason, and for a word that shows that the effect was read. */
export function EmergencyAct({ scope, action, report, isBusy, onStop }: EmergencyActProps) {
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

function wantedText(scope: Scope, action: EmergencyAction): string {
  if (scope.kind === 'definition') return 'the name of the definition';

  return action === 'stop-starts' ? 'how many triggers these are' : 'how many runs these are';
}
