import { useEffect } from 'react';
import { Link } from 'wouter';
import type { RunPage } from '../../../api/run.ts';
import type { RunComparison } from '../../../api/run-compare.ts';
import { useApi } from '../../api/use-api.ts';
import type { PageProps } from '../../page-props.ts';
import { Panel } from '../../parts/panel.tsx';
import { Unloaded } from '../../parts/unloaded.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import './compare.css';
import { CompareHead } from './compare-head.tsx';
import { CompareTasks } from './compare-tasks.tsx';
import { CompareValues } from './compare-values.tsx';
import { CompareWay } from './compare-way.tsx';
import { comparePath } from './compare-words.ts';

/** Two runs side by side, at `/runs/:run/compare/:other`. */
export function ComparePage({ params }: PageProps) {
  const { run = '', other = '' } = params;
  const { data, error, refetch } = useApi<RunComparison>(['runs', run, 'compare', other]);
  usePageTitle(
    data === undefined ? 'Compare runs' : `Compare ${data.one.shortId} with ${data.other.shortId}`,
  );
  useOthersEvents(data, refetch);

  return (
    <>
      <div className="page-head">
        <h1>Compare two runs</h1>
        <span className="end">
          <Link href={comparePath(other, run)} className="button">
            Swap
          </Link>
        </span>
      </div>
      {data === undefined ? (
        <Unloaded error={error} onRetry={() => void refetch()} />
      ) : (
        <Comparison comparison={data} />
      )}
    </>
  );
}

function Comparison({ comparison }: { readonly comparison: RunComparison }) {
  const { input, inputOmitted, hidden, context, contextOmitted } = comparison;
  const [only, setOnly] = useUrlState('only');
  const names = { one: comparison.one.shortId, other: comparison.other.shortId };
  const secrets = hidden.length === 0 ? '' : ` Secret inputs are not compared: ${hidden.join(', ')}.`;

  return (
    <>
      <Panel title="The runs" isFlush>
        <CompareHead comparison={comparison} />
      </Panel>
      <Panel title="Where their ways part">
        <CompareWay comparison={comparison} />
      </Panel>
      <CompareValues
        title="Inputs that differ"
        values={input}
        omitted={inputOmitted}
        names={names}
        none={`Both were given the same.${secrets}`}
        note={secrets}
      />
      <CompareTasks
        comparison={comparison}
        names={names}
        onlyDifferent={only === 'different'}
        onOnlyDifferent={(is) => setOnly(is ? 'different' : '')}
      />
      <CompareValues
        title="What differs at the end"
        values={context}
        omitted={contextOmitted}
        names={names}
        none="Variables, outputs of tasks and the outputs of the runs are the same."
        note=""
      />
    </>
  );
}

/** The stream makes stale what is asked by the first run: here is what makes it stale by the other one. */
function useOthersEvents(comparison: RunComparison | undefined, refresh: () => Promise<unknown>): void {
  const { run = '', sequence = 0, endedAt } = comparison?.other ?? {};
  const isOpen = comparison !== undefined && endedAt === undefined;
  const { data } = useApi<RunPage>(['runs', run], undefined, { isEnabled: isOpen });
  const newest = isOpen ? (data?.sequence ?? 0) : 0;
  useEffect(() => {
    if (newest > sequence) void refresh();
  }, [newest, sequence, refresh]);
}
