import { sinceMs } from '../../../operations/written-times.ts';
import type { Execution, ExecutionFilter } from '../../../ports/runs/executions.ts';
import {
  csvRows,
  jsonRows,
  type RowWriter,
  sqlRows,
} from '../../../projections/insights/execution-rows/row-formats.ts';
import { executionRow, summingUp } from '../../../projections/insights/executions.ts';
import type { CliSession } from '../../app.ts';
import { CliFailure } from '../../cli-failure.ts';
import { executionTable, summaryTable } from '../../executions/tables.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { createInvocation, type Invocation, withSession } from '../../invocation.ts';
import { limitOf } from '../paged-list.ts';

export type ExecutionFlags = {
  readonly trigger?: string;
  readonly definition?: string;
  readonly since?: string;
  readonly limit?: string;
  readonly after?: string;
  readonly format?: 'table' | 'json' | 'csv' | 'sql';
  readonly summary?: boolean;
};

const tableRowsMax = 50;

/** `workflow executions`: the record of every execution, for people, programs, spreadsheets and databases. */
export async function executionsCommand(given: Invocation, flags: ExecutionFlags): Promise<ExitCode> {
  const format = formatOf(given, flags);
  const { app, io, options } = given;
  const invocation = format === 'json' ? createInvocation(app, io, { ...options, json: true }) : given;
  const asked: ExecutionFilter = {
    trigger: flags.trigger,
    definition: flags.definition,
    sinceMs: sinceMs(flags.since, io.clock.now()),
    limit: flags.limit === undefined ? undefined : limitOf(flags.limit),
  };

  return withSession<ExitCode>(invocation, 'none', async ({ workflows }) => {
    const after = flags.after === undefined ? undefined : await workflows.resolve(flags.after);
    const filter = { ...asked, after };
    if (flags.summary === true) await writeSummary(invocation, workflows.executions(filter));
    else if (format === 'table') await writeTable(invocation, workflows, filter);
    else await writeRows(invocation, workflows.executions(filter), writers[format]);

    return 0;
  });
}

const writers: Readonly<Record<'json' | 'csv' | 'sql', RowWriter>> = {
  json: jsonRows,
  csv: csvRows,
  sql: sqlRows,
};

function formatOf({ options }: Invocation, flags: ExecutionFlags): 'table' | 'json' | 'csv' | 'sql' {
  const { format = options.json === true ? 'json' : 'table', summary = false } = flags;
  if (options.json === true && format !== 'json')
    throw new CliFailure('usage.format', `--json and --format ${format} exclude each other`);
  if (summary && (format === 'csv' || format === 'sql'))
    throw new CliFailure('usage.format', `--summary is shown as table or json, not as ${format}`);

  return format;
}

/** Streamed as it is: `--ascii` applies only to our own text. */
async function writeRows(
  { io }: Invocation,
  found: AsyncIterable<Execution>,
  { head, row, tail }: RowWriter,
): Promise<void> {
  let count = 0;
  for await (const execution of found) {
    io.stdout(`${count === 0 ? head : ''}${row(executionRow(execution), count)}`);
    count += 1;
  }
  io.stdout(`${count === 0 ? head : ''}${tail(count)}`);
}

async function writeTable(
  invocation: Invocation,
  workflows: CliSession['workflows'],
  filter: ExecutionFilter,
): Promise<void> {
  const { output } = invocation;
  const { limit = tableRowsMax } = filter;
  const found: Execution[] = [];
  for await (const each of workflows.executions({ ...filter, limit: limit + 1 })) found.push(each);
  const shown = found.slice(0, limit);
  if (shown.length === 0) noneFound(invocation);
  else output.data(executionTable(invocation, shown));
  const last = shown.at(-1);
  if (found.length > limit && last !== undefined)
    output.note(`there are more; --limit <count> shows them, --after ${last.run} the next, --format csv all`);
}

async function writeSummary(invocation: Invocation, found: AsyncIterable<Execution>): Promise<void> {
  const { output } = invocation;
  const sums = summingUp();
  for await (const execution of found) sums.add(execution);
  const items = sums.result();
  output.document('ExecutionSummary', { total: items.length, items });
  if (items.length === 0) noneFound(invocation);
  else output.data(summaryTable(invocation, items));
}

function noneFound({ output, hint }: Invocation): void {
  output.note(`no run fits; all runs: ${hint('list')}`);
}
