import { useQueryClient } from '@tanstack/react-query';
import type { TriggerRow } from '../../api/people.ts';
import { postJson } from '../api/client.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Backfill } from './trigger-backfill.tsx';
import './row-actions.css';

type Ask = (what: string, body?: object) => Promise<void>;

/** What may be asked of a trigger. Schedules can be started by hand, now or for times that have passed. */
export function TriggerActions({ row }: { readonly row: TriggerRow }) {
  const ask = useAsk(row);
  const { trigger, paused, kind } = row;

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
          <p>It starts no run until it is resumed. Runs that are under way go on.</p>
        </ActionButton>
      ) : (
        <ActionButton label="Resume" run={() => ask('resume')} />
      )}
      {kind === 'cron' && <ScheduleActions row={row} ask={ask} />}
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
