import { Link } from 'wouter';
import type { Insights } from '../../../api/insights.ts';
import { percentText } from '../../charts/chart-data.ts';
import { Duration } from '../../parts/duration.tsx';
import { Panel } from '../../parts/panel.tsx';
import { runsLink } from './insight-span.ts';

type TotalsProps = { readonly insights: Insights; readonly definition: string };

/** The numbers of the whole span. Each leads to its runs. */
export function Totals({ insights, definition }: TotalsProps) {
  const { total, from, to, read, of } = insights;
  const span = { definition, fromMs: Date.parse(from), toMs: Date.parse(to) };
  const runs = (status: string) => runsLink({ ...span, status });

  return (
    <>
      <dl className="totals">
        <Total name="started" href={runsLink(span)} value={total.started} />
        <Total name="completed" href={runs('COMPLETED')} value={total.completed} />
        <Total name="failed" href={runs('FAILED,TIMED_OUT')} value={total.failed} />
        <Total name="cancelled" href={runs('CANCELLED')} value={total.cancelled} />
        <Total name="terminated" href={runs('TERMINATED')} value={total.terminated} />
        <Total
          name="success rate"
          value={total.successRate === undefined ? '-' : percentText(total.successRate)}
        />
        <Total name="median" value={<Duration ms={total.p50Ms} />} />
        <Total name="95th percentile" value={<Duration ms={total.p95Ms} />} />
      </dl>
      {total.cancelled + total.terminated > 0 && (
        <p className="soft">
          The success rate is of the {total.completed + total.failed} runs that completed or failed: what
          people cancelled or terminated does neither.
        </p>
      )}
      {read < of && (
        <p className="soft">
          Agents, waits and bottlenecks are of the latest {read} of {of} runs.
        </p>
      )}
    </>
  );
}

type TotalProps = { readonly name: string; readonly value: React.ReactNode; readonly href?: string };

function Total({ name, value, href }: TotalProps) {
  return (
    <div className="panel">
      <dt>{name}</dt>
      <dd>{href === undefined ? value : <Link href={href}>{value}</Link>}</dd>
    </div>
  );
}

/** The same by definition and version. */
export function DefinitionTable({ insights: { byDefinition, from, to } }: { readonly insights: Insights }) {
  const span = { fromMs: Date.parse(from), toMs: Date.parse(to) };

  return (
    <Panel title="By definition" isFlush>
      <table>
        <thead>
          <tr>
            <th scope="col">Definition</th>
            <th scope="col" className="number">
              Ended
            </th>
            <th scope="col" className="number">
              Success
            </th>
            <th scope="col" className="number">
              Stopped
            </th>
            <th scope="col" className="number">
              p50
            </th>
            <th scope="col" className="number">
              p95
            </th>
          </tr>
        </thead>
        <tbody>
          {byDefinition.map(({ definition, version, ended, successRate, p50Ms, p95Ms, ...stopped }) => (
            <tr key={`${definition} ${version}`}>
              <th scope="row">
                <Link href={`/definitions/${encodeURIComponent(definition)}`}>{definition}</Link> v{version}
              </th>
              <td className="number">
                <Link href={runsLink({ definition, version, ...span })}>{ended}</Link>
              </td>
              <td className="number">{successRate === undefined ? '-' : percentText(successRate)}</td>
              <td className="number">{stopped.cancelled + stopped.terminated}</td>
              <td className="number">
                <Duration ms={p50Ms} />
              </td>
              <td className="number">
                <Duration ms={p95Ms} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
