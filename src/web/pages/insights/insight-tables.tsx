import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Insights } from '../../../api/insights.ts';
import { percentText } from '../../charts/chart-data.ts';
import { Duration } from '../../parts/duration.tsx';
import { Panel } from '../../parts/panel.tsx';
import { runsLink } from './insight-span.ts';

type TableProps = { readonly insights: Insights };

/** What agents did, and how much of the time. */
export function AgentTable({ insights: { agents } }: TableProps) {
  return (
    <NumberTable
      title="Agents"
      heads={['Agent', 'Attempts', 'Failed', 'Waited', 'Took', 'Busy']}
      none="No agent had anything to do."
      rows={agents.map(({ agent, attempts, failed, queuedMs, tookMs, utilisation }) => [
        <Link key="name" href={`/agents?q=${encodeURIComponent(agent)}`}>
          {agent}
        </Link>,
        attempts,
        failed,
        <Duration key="queued" ms={queuedMs} />,
        <Duration key="took" ms={tookMs} />,
        percentText(utilisation),
      ])}
    />
  );
}

/** How long one department waited for another. */
export function WaitTable({ insights: { waits } }: TableProps) {
  return (
    <NumberTable
      title="Waits between departments"
      heads={['Who waited', 'For whom', 'Times', 'In all']}
      none="No department waited for another."
      rows={waits.map(({ from, to, count, totalMs }) => [
        from,
        to,
        count,
        <Duration key="total" ms={totalMs} />,
      ])}
    />
  );
}

/** Where most time goes by. */
export function BottleneckTable({ insights: { bottlenecks } }: TableProps) {
  return (
    <NumberTable
      title="Bottlenecks"
      heads={['Task', 'Runs', 'Queued', 'Running', 'Waiting', 'Retries']}
      none="No task took any time."
      rows={bottlenecks.map(({ definition, task, runs, queuedMs, runningMs, waitingMs, retries }) => [
        <span key="task">
          {task} <span className="soft">{definition}</span>
        </span>,
        <Link key="runs" href={runsLink({ definition })}>
          {runs}
        </Link>,
        <Duration key="queued" ms={queuedMs} />,
        <Duration key="running" ms={runningMs} />,
        <Duration key="waiting" ms={waitingMs} />,
        retries,
      ])}
    />
  );
}

type NumberTableProps = {
  readonly title: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly ReactNode[])[];
  readonly none: string;
};

/** Words on the left, numbers on the right. Rows have no names of their own, and never move by themselves. */
function NumberTable({ title, heads, rows, none }: NumberTableProps) {
  return (
    <Panel title={title} isFlush={rows.length > 0} empty={rows.length === 0 ? <p>{none}</p> : undefined}>
      <table>
        <thead>
          <tr>
            {heads.map((head, index) => (
              <th key={head} scope="col" className={index === 0 ? undefined : 'number'}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two rows may say the same.
            <tr key={row}>
              {cells.map((cell, index) => (
                <td key={heads[index]} className={index === 0 ? undefined : 'number'}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
