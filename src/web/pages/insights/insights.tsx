import { useState } from 'react';
import { useLocation } from 'wouter';
import type { DefinitionRow } from '../../../api/definitions.ts';
import type { Insights } from '../../../api/insights.ts';
import { useApi } from '../../api/use-api.ts';
import { insightCharts, versionMarks } from '../../charts/chart-data.ts';
import { LineChart } from '../../charts/line-chart.tsx';
import { Panel } from '../../parts/panel.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { nowMs } from '../../time/now.ts';
import { EmptyNote } from '../empty-note.tsx';
import { runsLink, spanOf, spans } from './insight-span.ts';
import { AgentTable, BottleneckTable, WaitTable } from './insight-tables.tsx';
import { DefinitionTable, Totals } from './totals.tsx';
import './insights.css';

/** How runs go: how many, how well, how long, and where the time goes. */
export function InsightsPage() {
  usePageTitle('Insights');
  const [span, setSpan] = useUrlState('span', '24h');
  const [definition, setDefinition] = useUrlState('definition');
  // Fixed while the page is open: a window that moves would be asked for anew with every second.
  const [openedMs] = useState(nowMs);
  const { data, error, isPending, refetch } = useApi<Insights>(
    ['insights'],
    { ...spanOf(span, openedMs), definition },
    { keepsPrevious: true },
  );

  return (
    <>
      <div className="page-head">
        <h1>Insights</h1>
        <fieldset className="chips span-choice">
          <legend className="sr-only">Span</legend>
          {spans.map(({ name }) => (
            <button
              key={name}
              type="button"
              className="chip"
              aria-pressed={name === span}
              onClick={() => setSpan(name)}
            >
              {name}
            </button>
          ))}
        </fieldset>
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
  const { data } = useApi<{ readonly definitions: readonly DefinitionRow[] }>(['definitions']);

  return (
    <select aria-label="Definition" value={value} onChange={({ target }) => onChange(target.value)}>
      <option value="">all definitions</option>
      {data?.definitions.map(({ id }) => (
        <option key={id} value={id}>
          {id}
        </option>
      ))}
    </select>
  );
}
