import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { TriggerRow } from '../../api/people.ts';
import { postJson } from '../api/client.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { type BackfillTrial, backfillSpan, backfillText, type Span } from './backfill-span.ts';

export type BackfillProps = {
  readonly row: TriggerRow;
  readonly onAsk: (span: Span) => Promise<void>;
};

/** Starts a schedule for times that have passed; how many runs that would be is told before. */
export function Backfill({ row, onAsk }: BackfillProps) {
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const span = backfillSpan(from, to);

  return (
    <ActionButton
      label="Backfill ..."
      title={`Backfill ${row.trigger}`}
      confirm="Start the runs"
      run={async () => {
        if (span === undefined) throw new Error('say from when on: a day and a time');
        await onAsk(span);
      }}
    >
      <p>
        Every time of <code>{row.on}</code> between the two is started once, one after another unless the
        schedule says that runs may overlap. Times are those of this browser.
      </p>
      <TimeField label="From" value={from} onChange={setFrom} isRequired />
      <TimeField label="To (now when left out)" value={to} onChange={setTo} />
      {span !== undefined && <Trial row={row} span={span} />}
    </ActionButton>
  );
}

type TimeFieldProps = {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly isRequired?: boolean;
};

function TimeField({ label, value, onChange, isRequired = false }: TimeFieldProps) {
  return (
    <label className="field">
      <strong>{label}</strong>
      <input
        type="datetime-local"
        required={isRequired}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}

function Trial({ row, span }: { readonly row: TriggerRow; readonly span: Span }) {
  const path = ['triggers', row.definition.id, row.trigger, 'backfill'];
  const { data, error } = useQuery({
    queryKey: [...path, span],
    queryFn: () => postJson<BackfillTrial>(path, { ...span, dryRun: true }),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  if (error !== null) return <ProblemNote error={error} />;
  if (data === undefined) return <p className="soft">Counting the times ...</p>;

  return (
    <output>
      {backfillText(data)}{' '}
      <span className="soft">
        The first is <TimeText iso={data.ticks[0]} mode="local" />, the last{' '}
        <TimeText iso={data.ticks.at(-1)} mode="local" />.
      </span>
    </output>
  );
}
