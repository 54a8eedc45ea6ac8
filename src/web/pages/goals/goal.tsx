import { Link } from 'wouter';
import type { GoalReport } from '../../../api/goals.ts';
import { useApi } from '../../api/client.ts';
import type { ChartData } from '../../charts/chart-data.ts';
import { LineChart } from '../../charts/line-chart.tsx';
import type { PageProps } from '../../page-props.ts';
import { Panel } from '../../parts/panel.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { Unloaded } from '../../parts/unloaded.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { GoalProgress, GoalTable, goalsEveryMs, numberText, Track } from './goals.tsx';

/** One goal, department, team or KPI: how it went, how it goes on, and the runs that moved it. */
export function GoalPage({ params }: PageProps) {
  const name = params['name'] ?? '';
  const [period, setPeriod] = useUrlState('period');
  const { data, error, refetch } = useApi(['goals', name], period === '' ? undefined : { period }, {
    everyMs: goalsEveryMs,
    keepsPrevious: true,
  });
  usePageTitle(data?.node.title ?? name);

  return (
    <>
      <div className="page-head">
        <h1>{data?.node.title ?? name}</h1>
        {data !== undefined && <GoalProgress node={data.node} />}
        {data !== undefined && <Track node={data.node} />}
        <Link href="/goals">all goals</Link>
      </div>
      {data === undefined ? (
        <Unloaded error={error} onRetry={() => void refetch()} />
      ) : (
        <Report of={data} period={period} onPeriod={setPeriod} />
      )}
    </>
  );
}

type ReportProps = {
  readonly of: GoalReport;
  readonly period: string;
  readonly onPeriod: (period: string) => void;
};

function Report({ of, period, onPeriod }: ReportProps) {
  const { node, children, kpi, periods } = of;

  return (
    <>
      {node.description !== undefined && <p>{node.description}</p>}
      {kpi !== undefined && <Course of={of} onPeriod={onPeriod} />}
      {kpi !== undefined && periods.length > 0 && <MovedBy of={of} period={period} onPeriod={onPeriod} />}
      {children.length > 0 && (
        <Panel title="What stands under it" isFlush>
          <GoalTable nodes={children.map((child) => ({ ...child, depth: 0 }))} />
        </Panel>
      )}
    </>
  );
}

/** A line of values, and of what is foreseen; a point leads to the runs of its period. */
function Course({ of, onPeriod }: Pick<ReportProps, 'of' | 'onPeriod'>) {
  const { node, kpi = '', periods } = of;
  const onSpan = (at: number) => {
    const chosen = periods.find(({ from }) => Date.parse(from) === at);
    if (chosen !== undefined) onPeriod(chosen.period);
  };

  return (
    <Panel title="By period" note={node.kind === 'goal' ? `measured by ${kpi}` : 'a point leads to its runs'}>
      {periods.length > 1 && <LineChart data={chartOf(of)} marks={[]} onSpan={onSpan} />}
      <table>
        <thead>
          <tr>
            <th scope="col">Period</th>
            <th scope="col" className="number">
              Value
            </th>
            <th scope="col" className="number">
              Forecast
            </th>
            <th scope="col" className="number">
              Runs
            </th>
          </tr>
        </thead>
        <tbody>
          {periods.toReversed().map(({ period, value, forecast, runs }) => (
            <tr key={period}>
              <th scope="row">{period}</th>
              <td className="number">{numberText(value ?? undefined, node)}</td>
              <td className="number">{numberText(forecast, node)}</td>
              <td className="number">
                <button type="button" className="quiet" onClick={() => onPeriod(period)}>
                  {runs} <span className="sr-only">runs of {period}</span>
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function chartOf({ node, periods }: GoalReport): ChartData {
  const target = node.kind === 'kpi' ? node.target : undefined;

  return {
    title: node.title,
    at: periods.map(({ from }) => Date.parse(from)),
    say: (value) => numberText(value, node),
    lines: [
      { name: 'value', hue: 'running', values: periods.map(({ value }) => value) },
      {
        name: 'forecast',
        hue: 'waiting',
        isDashed: true,
        values: periods.map(({ forecast = null }) => forecast),
      },
      ...(target === undefined
        ? []
        : [{ name: 'target', hue: 'idle' as const, isDashed: true, values: periods.map(() => target) }]),
    ],
  };
}

function MovedBy({ of: { node, runs, runsTotal }, period, onPeriod }: ReportProps) {
  const title = period === '' ? 'Runs that moved it' : `Runs that moved it in ${period}`;

  return (
    <Panel title={title} note={`${runs.length} of ${runsTotal}, the latest first`} isFlush={runs.length > 0}>
      {period !== '' && (
        <button type="button" onClick={() => onPeriod('')}>
          Show all periods
        </button>
      )}
      {runs.length === 0 ? (
        <p>No runs to count.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">Definition</th>
              <th scope="col">Ended</th>
              <th scope="col" className="number">
                Counts for
              </th>
            </tr>
          </thead>
          <tbody>
            {runs.map(({ run, definition, at, value, problem }) => (
              <tr key={run}>
                <th scope="row">
                  <Link href={`/runs/${encodeURIComponent(run)}`}>{run.slice(0, 13)}</Link>
                </th>
                <td>{definition}</td>
                <td>
                  <TimeText iso={at} />
                </td>
                <td className="number">{problem ?? numberText(value, node)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
