import { useQuery } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { RunList, RunPage } from '../../../api/run.ts';
import { getJson } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { comparePath } from './compare-words.ts';

type CompareButtonProps = { readonly page: RunPage; readonly onDone: () => void };

/** Asks with which run this one is to be compared; the last one of its definition that went well is offered. */
export function CompareButton({ page, onDone }: CompareButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const close = (): void => {
    setOpen(false);
    onDone();
  };

  return (
    <span className="ask">
      <button type="button" className="quiet" onClick={() => setOpen(true)}>
        Compare with …
      </button>
      {isOpen && (
        <Dialog title={`Compare ${page.shortId} with`} isOpen onClose={() => setOpen(false)}>
          <LastGood page={page} onDone={close} />
          <OtherRun run={page.run} onDone={close} />
        </Dialog>
      )}
    </span>
  );
}

function LastGood({ page, onDone }: CompareButtonProps) {
  const { run, definition } = page;
  const where = `definition=${definition.id}`;
  const { data } = useQuery({
    queryKey: ['definitions', definition.id, 'completed'],
    queryFn: ({ signal }) =>
      getJson<RunList>(['runs'], { where, status: 'COMPLETED', sort: 'started', limit: 2 }, signal),
  });
  const last = data?.runs.find((line) => line.run !== run);
  if (data === undefined) return <p className="soft">Looking for a run that completed ...</p>;
  if (last === undefined) return <p className="soft">No other run of {definition.id} has completed yet.</p>;

  return (
    <p>
      <Link href={comparePath(run, last.run)} className="button primary" onClick={onDone}>
        The last run that completed: <span className="mono">{last.shortId}</span>
      </Link>{' '}
      <span className="soft">
        {definition.id}@{last.definition.version}, started <TimeText iso={last.startedAt} />
      </span>
    </p>
  );
}

function OtherRun({ run, onDone }: { readonly run: string; readonly onDone: () => void }) {
  const [other, setOther] = useState('');
  const [, navigate] = useLocation();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (other.trim() === '') return;
    navigate(comparePath(run, other.trim()));
    onDone();
  };

  return (
    <form className="form" onSubmit={submit}>
      <label className="field">
        <strong>Another run</strong>
        <input
          value={other}
          maxLength={200}
          autoComplete="off"
          onChange={(event) => setOther(event.target.value)}
        />
        <span className="field-help">Its id or the beginning of it, @last or @failed.</span>
      </label>
      <div className="form-end">
        <button type="submit" disabled={other.trim() === ''}>
          Compare
        </button>
      </div>
    </form>
  );
}
