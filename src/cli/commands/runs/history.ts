import type { FactMembers } from '../../../../events/catalogue.ts';
import type { JournalRecord, Transition } from '../../../../events/record.ts';
import type { HistoryEntry } from '../../../ports/runs/workflows.ts';
import { RunNotFound } from '../../../ports/runs/workflows.ts';
import { eventDocuments } from '../../../projections/task/event-line.ts';
import { noteOfRecord } from '../../../projections/task/fact-note.ts';
import { formatTable } from '../../../terminal/render/table.ts';
import { formatTime, sirius } from '../../../terminal/render/times.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withRunsThere } from '../../invocation.ts';
import { namedRun } from './named-run.ts';

/** `workflow history <run>`: every event of a run, with when, who, and what it changed. */
export async function history(invocation: Invocation, name: string): Promise<ExitCode> {
  const { output } = invocation;

  return withRunsThere<ExitCode>(invocation, async ({ workflows }) => {
    const run = await namedRun(invocation, workflows, name);
    const entries: HistoryEntry[] = [];
    for await (const entry of workflows.history(run)) entries.push(entry);
    if (entries.length === 0) throw new RunNotFound(run);
    output.document('History', { run, events: entries.map(eventDocuments()) });
    if (output.json) return 0;
    const bad = entries.findIndex((entry) => 'problem' in entry);
    const shown = bad === -1 ? entries : entries.slice(0, bad + 1);
    output.data(historyTable(invocation, shown));
    if (bad !== -1) warn(invocation, entries.length - shown.length);

    return 0;
  });
}

/** Records after the damage cannot be trusted. */
function warn({ output, hint }: Invocation, behind: number): void {
  const left = behind === 0 ? '' : `; ${behind} more behind it are not shown (--json has them)`;
  output.warn(
    `no engine of this release goes on from there${left}; what can be done: ${hint('doctor', '--repair')}`,
  );
}

function historyTable({ output, options, io }: Invocation, entries: readonly HistoryEntry[]): string {
  const style = options.time ?? 'iso';
  const now = io.clock.now();
  const columns = output.columns();
  const rows = entries.map((entry) => {
    if ('problem' in entry) {
      const where = `position ${entry.position} of the journal: ${entry.problem}`;
      return ['!', '', '', entry.damage.code, '', '', oneLine(where)];
    }
    const { record } = entry;

    return [
      String(record.sequence),
      formatTime(record.time, style, now),
      sirius(record.time),
      record.type,
      aboutOf(record),
      record.actor,
      oneLine(
        [record.data.transitions.map(transitionText).join(', '), noteOfRecord(record)]
          .filter(Boolean)
          .join('; '),
      ),
    ];
  });

  return formatTable(
    [
      { title: 'SEQ', align: 'right' },
      { title: 'TIME', givesWay: 1 },
      { title: 'SIRIUS', givesWay: 4 },
      { title: 'EVENT' },
      { title: 'TASK', flexible: true, givesWay: 3 },
      { title: 'WHO', flexible: true, givesWay: 2 },
      { title: 'TRANSITIONS', flexible: true },
    ],
    rows,
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

function aboutOf({ data }: JournalRecord): string {
  const { task = '' }: FactMembers = data.fact;

  return task;
}

function transitionText({ task, from, to }: Transition): string {
  return `${task ?? 'run'}: ${from} → ${to}`;
}
