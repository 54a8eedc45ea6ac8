import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { BodyOf } from '../../../api/operations/answer-of.ts';
import type { TriggerRow } from '../../../api/people.ts';
import { postJson } from '../../api/client.ts';
import { ActionButton } from '../../parts/action-button.tsx';
import '../row-actions.css';
import { useState } from 'react';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { type BackfillSpan, backfillSpan, backfillText } from './backfill-span.ts';

type AskedPath = readonly ['triggers', string, string, 'pause' | 'resume' | 'run' | 'backfill'];
type Ask = (what: AskedPath[3], body?: BodyOf<AskedPath>) => Promise<void>;

/** What may be asked of a trigger. Schedules can be started by hand, now or for times that have passed. */
export function TriggerActions({ row }: { readonly row: TriggerRow }) {
  const ask = useAsk(row);
  const { trigger, paused, type } = row;

  return (
    <div className="row-actions">
      {paused === undefined ? (
        <ActionButton
          label="Pause ..."
          title={`Pause ${trigger}`}
          confirm="Pause"
          reason="optional"
          run={(reason) => ask('pause', reason === undefined ? {} : { reason })}
        >
          <p>It starts no runs until you resume it. Runs already under way continue.</p>
        </ActionButton>
      ) : (
        <ActionButton label="Resume" run={() => ask('resume')} />
      )}
      {type === 'cron' && <ScheduleActions row={row} ask={ask} />}
    </div>
  );
}

function useAsk({ definition, trigger }: TriggerRow): Ask {
  const queries = useQueryClient();

  return async (what, body = {}) => {
    await postJson(['triggers', definition.id, trigger, what], body);
    await queries.invalidateQueries({ queryKey: ['triggers'] });
  };
}

function ScheduleActions({ row, ask }: { readonly row: TriggerRow; readonly ask: Ask }) {
  return (
    <>
      <ActionButton
        label="Run now ..."
        title={`Run ${row.trigger} now`}
        confirm="Run now"
        run={() => ask('run')}
      >
        <p>
          {row.definition.id} v{row.definition.version} is started once, whatever is going on.
        </p>
      </ActionButton>
      <Backfill row={row} onAsk={(span) => ask('backfill', span)} />
    </>
  );
}

type BackfillProps = {
  readonly row: TriggerRow;
  readonly onAsk: (span: BackfillSpan) => Promise<void>;
};

/** Starts a schedule for times that have passed; how many runs that would be is told before. */
function Backfill({ row, onAsk }: BackfillProps) {
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

function Trial({ row, span }: { readonly row: TriggerRow; readonly span: BackfillSpan }) {
  const path = ['triggers', row.definition.id, row.trigger, 'backfill'] as const;
  const { data, error } = useQuery({
    queryKey: [...path, span],
    queryFn: () => postJson(path, { ...span, dryRun: true }),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  if (error !== null) return <ProblemNote error={error} />;
  if (data === undefined) return <p className="soft">Counting ...</p>;

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
