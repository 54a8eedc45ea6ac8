import { runUseCases } from '../../../operations/runs/use-cases.ts';
import { formatTable } from '../../../terminal/render/table.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { carriedOut, withPorts } from '../../with-ports.ts';
import { limitOf } from '../paged-list.ts';

export type QueryFlags = {
  readonly limit: string;
  readonly where?: readonly string[];
  readonly format?: 'table' | 'csv';
};

/** `workflow query '<SQL>'`: all runs as a table that can be asked, and not changed. */
export async function query(invocation: Invocation, sql: string, flags: QueryFlags): Promise<ExitCode> {
  const { output, options } = invocation;
  if (options.json === true && flags.format !== undefined)
    throw new CliFailure('usage.format', `--json and --format ${flags.format} exclude each other`);
  const where = flags.where === undefined ? {} : { where: flags.where.join(' ') };
  const input = { sql, limit: limitOf(flags.limit), ...where };

  return withPorts<ExitCode>(invocation, async (ports) => {
    const answer = await carriedOut(invocation, ports, runUseCases.query, { input });
    const { columns, rows, isCut, details } = answer;
    output.document('SqlAnswer', answer);
    if (flags.format === 'csv') output.data([columns, ...rows].map(csvLine).join('\r\n'));
    else if (rows.length > 0)
      output.data(
        formatTable(
          columns.map((title) => ({ title, flexible: true })),
          rows.map((row) => row.map((value) => oneLine(String(value ?? '')))),
        ),
      );
    else output.note('no rows');
    if (details !== undefined && details.runs < details.of)
      output.note(
        `of the ${details.runs} runs that were started last; ${details.of} fit, --where chooses others`,
      );
    if (isCut) output.note(`the first ${rows.length} rows; --limit <count> shows more`);

    return 0;
  });
}

/** RFC 4180. A text that a spreadsheet would take for a formula begins with a quote. */
function csvLine(values: readonly (string | number | null)[]): string {
  return values
    .map((value) => {
      if (value === null) return '';
      const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',');
}
