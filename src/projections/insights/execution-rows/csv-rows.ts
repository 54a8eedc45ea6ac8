import { type RowWriter, storableText } from './row-writer.ts';

const columns = [
  'id',
  'workflow_id',
  'trigger_id',
  'agents_involved',
  'execution_status',
  'result',
  'timestamp',
] as const;

/** RFC 4180, with a line of names first. */
export const csvRows: RowWriter = {
  head: lineOf(columns),
  row: ({ agents_involved, result, ...row }) => {
    const texts = {
      ...row,
      agents_involved: JSON.stringify(agents_involved),
      result: result === null ? '' : JSON.stringify(result),
    };
    return lineOf(columns.map((name) => String(texts[name])));
  },
  tail: () => '',
};

function lineOf(cells: readonly string[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

function cellOf(text: string): string {
  const safe = harmless(storableText(text));

  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A spreadsheet would take what begins like a formula for one, and carry it out. A number is no more than a number. */
function harmless(text: string): string {
  return /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? `'${text}` : text;
}
