import type { Execution } from '../../ports/runs/executions.ts';
import type { TriggerSummary } from '../../projections/insights/executions.ts';
import { shortIds } from '../../terminal/render/short-id.ts';
import { formatTable } from '../../terminal/render/table.ts';
import { formatElapsed, formatTime } from '../../terminal/render/times.ts';
import { oneLine } from '../../terminal/render/width.ts';
import type { Invocation } from '../invocation.ts';

const resultLengthMax = 200;

/** Executions for people. Nothing is shortened where it is no terminal, but results, which may be of any length. */
export function executionTable({ output, options, io }: Invocation, shown: readonly Execution[]): string {
  const ids = shortIds(shown.map(({ run }) => run));
  const columns = output.columns();
  const style = options.time ?? 'relative';

  return formatTable(
    [
      { title: 'ID', align: 'right', givesWay: 3 },
      { title: 'RUN' },
      { title: 'TRIGGER', flexible: true },
      { title: 'STATUS' },
      { title: 'AGENTS', flexible: true, givesWay: 1 },
      { title: 'STARTED', givesWay: 2 },
      { title: 'RESULT', flexible: true },
    ],
    shown.map((each) => [
      String(each.position),
      ids.get(each.run) ?? each.run,
      each.trigger,
      output.paint.status(each.shown ?? each.status),
      each.agents.join(', '),
      formatTime(each.startedAt, style, io.clock.now()),
      each.result === undefined ? '' : shortened(JSON.stringify(each.result)),
    ]),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

function shortened(text: string): string {
  return oneLine(text.length > resultLengthMax ? `${text.slice(0, resultLengthMax - 1)}…` : text);
}

/** How the runs of each trigger went, for people. */
export function summaryTable(
  { output, options, io }: Invocation,
  summaries: readonly TriggerSummary[],
): string {
  const columns = output.columns();
  const style = options.time ?? 'relative';

  return formatTable(
    [
      { title: 'TRIGGER', flexible: true },
      { title: 'RUNS', align: 'right' },
      { title: 'ENDED', align: 'right', givesWay: 1 },
      { title: 'SUCCESS', align: 'right' },
      { title: 'STOPPED', givesWay: 1 },
      { title: 'AVERAGE', align: 'right' },
      { title: 'P95', align: 'right', givesWay: 2 },
      { title: 'AGENTS', align: 'right' },
      { title: 'LAST', givesWay: 3 },
    ],
    summaries.map((each) => [
      each.trigger,
      String(each.runs),
      String(each.ended),
      each.successRate === undefined ? '' : `${(each.successRate * 100).toFixed(1)}%`,
      stoppedText(each),
      each.averageMs === undefined ? '' : formatElapsed(each.averageMs),
      each.p95Ms === undefined ? '' : formatElapsed(each.p95Ms),
      each.agentsAverage.toFixed(1),
      formatTime(each.lastStartedAt, style, io.clock.now()),
    ]),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

/** Runs that people ended are no part of the success rate. */
function stoppedText({ cancelled, terminated }: TriggerSummary): string {
  return [cancelled > 0 ? `${cancelled} cancelled` : '', terminated > 0 ? `${terminated} terminated` : '']
    .filter((part) => part !== '')
    .join(', ');
}
