import { z } from 'zod';
import type { Json } from '../../../events/canonical-json.ts';

const ReportTable = z.strictObject({
  columns: z.array(z.string().min(1)).min(1).max(50),
  rows: z.array(z.record(z.string(), z.json())).max(10_000),
});

/** A part of a report: a text, a list, a table, or several of these. */
export const ReportSection = z.strictObject({
  heading: z.string().min(1).max(500),
  text: z.string().optional(),
  items: z.array(z.json()).max(10_000).optional(),
  table: ReportTable.optional(),
});
type ReportSection = z.output<typeof ReportSection>;

export type RunReport = {
  readonly title: string;
  readonly summary?: string | undefined;
  readonly sections: readonly ReportSection[];
};

/** The page. Values are shown as they are; none of them can begin a heading, a row or a list of its own. */
export function runReportText({ title, summary, sections }: RunReport, run: string): string {
  const blocks = [
    `# ${oneLine(title)}`,
    ...(summary === undefined ? [] : [paragraphs(summary)]),
    ...sections.flatMap(sectionBlocks),
    `Run \`${run}\``,
  ];

  return `${blocks.join('\n\n')}\n`;
}

function sectionBlocks({ heading, text, items, table }: ReportSection): readonly string[] {
  const blocks = [
    ...(text === undefined ? [] : [paragraphs(text)]),
    ...(items === undefined || items.length === 0 ? [] : [items.map((item) => `- ${cell(item)}`).join('\n')]),
    ...(table === undefined || table.rows.length === 0 ? [] : [tableText(table)]),
  ];

  return [`## ${oneLine(heading)}`, ...(blocks.length === 0 ? ['None.'] : blocks)];
}

function tableText({ columns, rows }: z.output<typeof ReportTable>): string {
  const lines = [
    columns.map(oneLine),
    columns.map(() => '---'),
    ...rows.map((row) => columns.map((column) => cell(Object.hasOwn(row, column) ? row[column] : undefined))),
  ];

  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cell(value: Json | undefined): string {
  if (value === undefined || value === null) return '';

  return oneLine(typeof value === 'string' ? value : JSON.stringify(value));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|');
}

/** Lines stay lines, but none of them is read as a heading, a fence or a rule. */
function paragraphs(text: string): string {
  return text
    .trim()
    .split(/\r\n|\r|\n/)
    .map((line) => line.trimEnd().replace(/^\s*(#{1,6}(?=\s|$)|```|~~~|---+$|===+$)/, '\\$1'))
    .join('\n');
}
