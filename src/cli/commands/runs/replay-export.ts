import type { Json } from '../../../../events/canonical-json.ts';
import { checkDefinitions, checkRecords } from '../../../../machines/audit/check-records.ts';
import { type AuditReport, readExport, verifyExport } from '../../../../machines/audit/verify-export.ts';
import { type Chart, compileChart } from '../../../../machines/chart/chart.ts';
import { whatIf } from '../../../../machines/prover/what-if/what-if.ts';
import { emptyAside } from '../../../../machines/run/run.ts';
import { NoSuchEvent } from '../../../ports/access/audits.ts';
import type { WhatIfReport } from '../../../ports/runs/what-ifs.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import { readAuditFile } from '../../audit/read-audit-file.ts';
import { unsignedNote } from '../../audit/report-lines.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, quoted } from '../../invocation.ts';
import { resolveFile } from '../../start/definition-sources.ts';
import { countsOf, countsText, whatIfTable } from '../../text/what-if-text.ts';
import { eventNumber } from '../triggers/event-number.ts';

export type ReplayExportFlags = { readonly until?: string; readonly against?: string };

/** `workflow replay --from-export <file>`: folds an export again, offline, or feeds it to another definition. */
export async function replayExport(
  invocation: Invocation,
  file: string,
  flags: ReplayExportFlags,
): Promise<ExitCode> {
  const { output } = invocation;
  const text = await readAuditFile(invocation, file);
  const report = verifyExport(
    text,
    flags.until === undefined ? {} : { until: eventNumber(flags.until, '--until') },
  );
  const { run = '', events = 0, folded = 0, definitions = [], status, stateHash, problems } = report;
  const until = eventNumber(flags.until ?? '1', '--until');
  if (problems.length === 0 && until > events) throw new NoSuchEvent(until, events);
  output.note(signatureNote(invocation, file, report));
  if (problems.length === 0 && flags.against !== undefined) return against(invocation, text, flags.against);
  const differences = problems.map(({ sequence = 0, code, message }) => ({ sequence, code, message }));
  const item = { run, definition: definitions.at(-1), events: folded, status, stateHash, differences };
  const differing = differences.length > 0 ? 1 : 0;
  output.document('ReplayReport', { total: 1, differing, file, items: [item] });
  for (const line of linesOf(report, output)) output.data(line);

  return differing === 0 ? 0 : 7;
}

/** A replay uses no keys, so it does not say who made the file. */
function signatureNote({ hint }: Invocation, file: string, { signature }: AuditReport): string {
  return signature === undefined
    ? unsignedNote
    : `signature not looked at: ${hint('audit', 'verify', quoted(file))}`;
}

function linesOf(
  { run = '', definitions = [], folded, stateHash, status, problems, omitted = 0 }: AuditReport,
  { paint }: Invocation['output'],
): readonly string[] {
  const names = definitions.map(({ id, version }) => `${id} v${version}`).join(', ');
  const about = oneLine(`${shortId(run)}  ${names}  ${folded ?? 0} events`);
  if (problems.length === 0) {
    return [
      `${paint.glyph('COMPLETED')} ${about}  exact  ${status}  ${paint.dim(`state ${stateHash?.slice(0, 16)}`)}`,
    ];
  }

  return [
    `${paint.glyph('FAILED')} ${about}  ${paint.look('failed', 'differs')}`,
    ...problems.map(({ code, message }) => `  ${oneLine(message)} ${paint.dim(`[${code}]`)}`),
    ...(omitted === 0 ? [] : [`  ... and ${omitted} more`]),
  ];
}

/** What the exported run would have done by another definition. */
async function against(invocation: Invocation, text: string, name: string): Promise<ExitCode> {
  const { output } = invocation;
  const found = await resolveFile(invocation, name);
  const { ref, definition } = found.loaded;
  const reports = whatIfOf(text, compileChart(definition, ref));
  output.document('WhatIfReport', { definition: ref, ...countsOf(reports), items: reports });
  output.data(whatIfTable(output, reports));
  output.note(countsText(`${ref.id} v${ref.version}`, reports));

  return reports.every(({ whatIf: { kind } }) => kind === 'same') ? 0 : 7;
}

function whatIfOf(text: string, chart: Chart): readonly WhatIfReport[] {
  const read = readExport(text);
  const sound = read.ok ? checkRecords(read.document).sound : [];
  const records = sound.map(({ record }) => record);
  const head = records.at(-1)?.data.head;
  if (!read.ok || head === undefined) return [];
  const values = Object.entries(read.document.blobs ?? {});
  const blobs = new Map(values.map(([digest, value]) => [digest, JSON.parse(value) as Json]));
  const { charts } = checkDefinitions(read.document, sound);
  const aside = { ...emptyAside, blobs };
  const { run } = read.document;
  const { definition, status } = head;

  return [{ run, definition, status, whatIf: whatIf(records, chart, { charts, aside }) }];
}
