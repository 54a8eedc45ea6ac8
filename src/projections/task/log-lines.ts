import type { LogLine } from '../../api/run-parts.ts';
import type { BookRow } from '../insights/book-row.ts';

const linesMax = 2_000;

/** What was said and done in a run, up to event `at`: the latest 2,000 lines, of one task or of all. */
export function logLines(
  rows: readonly BookRow[],
  { at, task }: { readonly at?: number | undefined; readonly task?: string | undefined },
): readonly LogLine[] {
  const lines: LogLine[] = [];
  const end = Math.min(at ?? rows.length, rows.length);
  for (let index = end - 1; index >= 0 && lines.length < linesMax; index--) {
    const row = rows[index];
    if (row === undefined || (task !== undefined && row.line.task !== task)) continue;
    lines.push(...linesOf(row).toReversed());
  }

  return lines.toReversed().slice(-linesMax);
}

function linesOf({ line, worker, attempt, error }: BookRow): readonly LogLine[] {
  const { sequence, time, type, task, note } = line;
  const at = { event: sequence, time, level: levelOf(line.problem ?? error?.code, type) };
  const about = task === undefined ? {} : { task };
  const by = worker === undefined || type !== 'task.started' ? '' : ` on ${worker}`;
  const tries = attempt === undefined || attempt === 1 || type === 'task.failed' ? '' : `attempt ${attempt}`;
  const text = [`${type.replace('.', ' ')}${by}`, tries, note].filter((part) => part !== '').join(': ');
  const said = error?.tail?.split('\n') ?? [];

  return [{ ...at, ...about, text }, ...said.map((each) => ({ ...at, ...about, text: `  ${each}` }))];
}

const warnings: ReadonlySet<string> = new Set([
  'approval.denied',
  'approval.refused',
  'run.cancelled',
  'run.paused',
  'run.terminated',
  'task.skipped',
  'timer.fired',
]);

function levelOf(error: string | undefined, type: string): LogLine['level'] {
  if (error !== undefined || type === 'run.failed') return 'error';

  return warnings.has(type) ? 'warn' : 'info';
}
