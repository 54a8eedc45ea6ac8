import type { TimelineBar } from '../../../api/run-parts.ts';
import { DataTree } from '../../parts/data-tree.tsx';
import { useEventDetail } from './event-queries.ts';

/** What the latest attempt was given, from the event that it began with. */
export function BeganWith({ bars, run }: { readonly bars: readonly TimelineBar[]; readonly run: string }) {
  const latest = bars.findLast(({ kind }) => kind !== 'retrying');

  return latest === undefined ? null : <Given run={run} sequence={latest.fromEvent} />;
}

function Given({ run, sequence }: { readonly run: string; readonly sequence: number }) {
  const input = useEventDetail(run, sequence).data?.fact['input'];
  if (input === undefined) return null;

  return (
    <section>
      <h3>Input</h3>
      <DataTree value={input} label="Input of the attempt" />
    </section>
  );
}
