import { useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { WorksetItem, WorksetReport } from '../../../api/worksets.ts';
import { postJson, useApi } from '../../api/client.ts';
import type { PageProps } from '../../page-props.ts';
import { ActionButton } from '../../parts/action-button.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Progress } from '../../parts/progress.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { Unloaded } from '../../parts/unloaded.tsx';
import { usePageTitle } from '../../session/page-title.ts';

/** One workset: how far it is, and the state of each item. */
export function WorksetView({ params }: PageProps) {
  const name = params['name'] ?? '';
  const { data, error, refetch } = useApi(['worksets', name]);
  usePageTitle(`Workset ${name}`, data?.status);

  return (
    <>
      <div className="page-head">
        <h1>{data?.id ?? name}</h1>
        {data !== undefined && <StatusBadge shown={data.status} />}
        <Link href="/worksets">all worksets</Link>
        <span className="end">{data !== undefined && <WorksetActions workset={data} />}</span>
      </div>
      {data === undefined ? <Unloaded error={error} onRetry={() => void refetch()} /> : <Workset of={data} />}
    </>
  );
}

const over: ReadonlySet<string> = new Set([
  ...['COMPLETED', 'PARTIAL', 'FAILED', 'TERMINATED', 'CANCELLED', 'TIMED_OUT', 'QUARANTINED'],
]);

/** A workset is asked by its run: a later one of the same name is not meant. */
function WorksetActions({ workset }: { readonly workset: WorksetReport }) {
  const queries = useQueryClient();
  const { id, run, status } = workset;
  const ask = async (what: 'pause' | 'resume', body: { reason?: string } = {}) => {
    await postJson(['worksets', run ?? id, what], body);
    await queries.invalidateQueries({ queryKey: ['worksets'] });
  };
  if (run === undefined || over.has(status)) {
    return (
      <Link className="button" href={`/start/${encodeURIComponent(id)}`}>
        Start ...
      </Link>
    );
  }

  return status === 'PAUSED' ? (
    <ActionButton label="Resume" run={() => ask('resume')} />
  ) : (
    <ActionButton
      label="Pause ..."
      title={`Pause ${id}`}
      confirm="Pause"
      reason="optional"
      run={(reason) => ask('pause', reason === undefined ? {} : { reason })}
    >
      <p>No items start until you resume it, and the runs of its items are paused too.</p>
    </ActionButton>
  );
}

function Workset({ of }: { readonly of: WorksetReport }) {
  const { goal, owner, run, progress, startedAt, items } = of;
  const { completed, failed, skipped } = progress;

  return (
    <>
      <Panel title="The workset">
        {goal !== undefined && <p>{goal}</p>}
        <p>
          <Progress done={progress.settled} of={progress.items} what="items" /> {completed} completed,{' '}
          {failed} failed, {skipped} skipped
        </p>
        <p className="soft">
          {owner !== undefined && <>Owner {owner}. </>}
          {run === undefined ? (
            'It was never started.'
          ) : (
            <>
              Run <Link href={`/runs/${run}`}>{run.slice(0, 13)}</Link>, started <TimeText iso={startedAt} />.
            </>
          )}
        </p>
      </Panel>
      <Panel title="Items" note={items.length} isFlush={items.length > 0}>
        <Items items={items} />
      </Panel>
    </>
  );
}

function Items({ items }: { readonly items: readonly WorksetItem[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Item</th>
          <th scope="col">Definition</th>
          <th scope="col">State</th>
          <th scope="col">Tasks</th>
          <th scope="col">After</th>
          <th scope="col">When it fails</th>
          <th scope="col">Run</th>
          <th scope="col">Error</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <ItemRow key={item.id} item={item} />
        ))}
      </tbody>
    </table>
  );
}

function ItemRow({ item }: { readonly item: WorksetItem }) {
  const { id, name, workflow, status, progress, dependsOn, onFailure, run, error } = item;

  return (
    <tr>
      <th scope="row">{name ?? id}</th>
      <td>{workflow}</td>
      <td>
        <StatusBadge shown={status} />
      </td>
      <td>
        {progress !== undefined && <Progress done={progress.settled} of={progress.tasks} what="tasks" />}
      </td>
      <td>{dependsOn.join(', ')}</td>
      <td>{onFailure === 'stop' ? 'the workset stops' : 'the others go on'}</td>
      <td>{run !== undefined && <Link href={`/runs/${run}`}>{run.slice(0, 13)}</Link>}</td>
      <td>{error?.message}</td>
    </tr>
  );
}
