import { type ReactNode, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { Insights } from '../../../api/insights.ts';
import { useApi } from '../../api/client.ts';
import { insightCharts, percentText, versionMarks } from '../../charts/chart-data.ts';
import { LineChart } from '../../charts/line-chart.tsx';
import { ChipChoice } from '../../parts/chip-choice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { nowMs } from '../../time/now.ts';
import { EmptyNote } from '../empty-note.tsx';
import { runsLink, spanOf, spans } from './insight-span.ts';
import { DefinitionTable, Totals } from './totals.tsx';
import './insights.css';
import { Duration } from '../../parts/duration.tsx';

/** How runs go: how many, how well, how long, and where the time goes. */
export function InsightsPage() {
  usePageTitle('Insights');
  const [span, setSpan] = useUrlState('span', '24h');
  const [definition, setDefinition] = useUrlState('definition');
  // Fixed while the page is open: a window that moves would be asked for anew with every second.
  const [openedMs] = useState(nowMs);
  const { data, error, isPending, refetch } = useApi(
    ['insights'],
    { ...spanOf(span, openedMs), definition },
    { keepsPrevious: true },
  );

  return (
    <>
      <div className="page-head">
        <h1>Insights</h1>
        <ChipChoice
          label="Span"
          options={spans.map(({ name }) => ({ id: name, label: name }))}
          selected={span}
          onSelect={setSpan}
        />
        <DefinitionChoice value={definition} onChange={setDefinition} />
      </div>
      {data === undefined ? (
        <Panel title="Insights" isLoading={isPending} error={error} onRetry={() => void refetch()}>
          {null}
        </Panel>
      ) : (
        <Told insights={data} definition={definition} />
      )}
    </>
  );
}

function Told({ insights, definition }: { readonly insights: Insights; readonly definition: string }) {
  if (insights.total.started === 0 && insights.total.ended === 0) {
    return (
      <Panel
        title="Insights"
        empty={
          <EmptyNote
            text="No run began or ended in this span."
            command="workflow start hello"
            action={{ label: 'Definitions', href: '/definitions' }}
          />
        }
      >
        {null}
      </Panel>
    );
  }

  return (
    <>
      <Totals insights={insights} definition={definition} />
      <Charts insights={insights} definition={definition} />
      <div className="insight-grid">
        <DefinitionTable insights={insights} />
        <BottleneckTable insights={insights} />
        <AgentTable insights={insights} />
        <WaitTable insights={insights} />
      </div>
    </>
  );
}

function Charts({ insights, definition }: { readonly insights: Insights; readonly definition: string }) {
  const [, navigate] = useLocation();
  const show = (at: number): void =>
    navigate(runsLink({ definition, fromMs: at, toMs: at + insights.spanMs }));
  const [marks, charts] = useCharts(insights);

  return (
    <Panel title="Over time" note="a point leads to its runs; dotted lines: first use of a version">
      <div className="insight-charts">
        {charts.map((data) => (
          <LineChart key={data.title} data={data} marks={marks} onSpan={show} />
        ))}
      </div>
    </Panel>
  );
}

/** Kept as long as the numbers are: charts are drawn anew when they are others. */
function useCharts(insights: Insights) {
  const make = (of: Insights) => [versionMarks(of), insightCharts(of)] as const;
  const [kept, setKept] = useState(() => ({ of: insights, made: make(insights) }));
  if (kept.of === insights) return kept.made;
  const made = make(insights);
  setKept({ of: insights, made });

  return made;
}

type ChoiceProps = { readonly value: string; readonly onChange: (value: string) => void };

function DefinitionChoice({ value, onChange }: ChoiceProps) {
  const { data } = useApi(['definitions']);

  return (
    <select aria-label="Definition" value={value} onChange={({ target }) => onChange(target.value)}>
      <option value="">all definitions</option>
      {data?.items.map(({ id }) => (
        <option key={id} value={id}>
          {id}
        </option>
      ))}
    </select>
  );
}

type TableProps = { readonly insights: Insights };

/** What agents did, and how much of the time. */
function AgentTable({ insights: { agents } }: TableProps) {
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

/** The time one department waited for another. */
function WaitTable({ insights: { waits } }: TableProps) {
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

/** The tasks where most time is spent. */
function BottleneckTable({ insights: { bottlenecks } }: TableProps) {
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
