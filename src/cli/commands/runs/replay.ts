import type { Json } from '../../../../events/canonical-json.ts';
import { checkDefinitions } from '../../../../machines/audit/check-definitions.ts';
import { checkRecords } from '../../../../machines/audit/check-records.ts';
import { type AuditReport, readExport, verifyExport } from '../../../../machines/audit/verify-export.ts';
import { type Chart, compileChart } from '../../../../machines/chart/chart.ts';
import { whatIf } from '../../../../machines/prover/what-if/what-if.ts';
import type { RunsFilter } from '../../../../machines/run/record/run-filter.ts';
import { emptyAside } from '../../../../machines/run/run.ts';
import { resolveDefinition } from '../../../operations/definitions/resolve-definition.ts';
import { NoSuchEvent } from '../../../ports/access/audits.ts';
import type { WhatIfReport } from '../../../ports/runs/what-ifs.ts';
import type { ReplayReport, Workflows } from '../../../ports/runs/workflows.ts';
import { runDocument } from '../../../projections/run/run-document.ts';
import { taskLines } from '../../../projections/task/task-order.ts';
import { parseTerms } from '../../../projections/where.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import { taskRows } from '../../../terminal/render/task-row.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import { readAuditFile } from '../../audit/read-audit-file.ts';
import { unsignedNote } from '../../audit/report-lines.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, quoted, withRunsThere, withSession } from '../../invocation.ts';
import { definitionSources, resolveFile } from '../../start/definition-sources.ts';
import { countsOf, countsText, whatIfTable } from '../../text/what-if-text.ts';
import { eventNumber } from '../triggers/event-number.ts';
import { namedRun } from './named-run.ts';

export type ReplayFlags = {
  readonly all?: boolean;
  readonly where?: readonly string[];
  readonly until?: string;
  readonly against?: string;
  readonly fromExport?: string;
  readonly scenariosOf?: string;
};

/** `workflow replay <run>`: folds a run again from its journal and compares every transition, head and hash. */
export async function replay(
  invocation: Invocation,
  name: string | undefined,
  flags: ReplayFlags,
): Promise<ExitCode> {
  refuseMixed(invocation, name, flags);
  if (flags.fromExport !== undefined) return replayExport(invocation, flags.fromExport, flags);
  if (flags.scenariosOf !== undefined)
    return scenariosAgainst(invocation, flags.scenariosOf, flags.against ?? '');
  if (flags.against !== undefined)
    return replayAgainst(invocation, name, { ...flags, against: flags.against });

  return replayExactly(invocation, name, flags);
}

function refuseMixed(
  { hint }: Invocation,
  name: string | undefined,
  { all, where, fromExport, scenariosOf, until, against }: ReplayFlags,
): void {
  const named = [name, all === true ? true : undefined, where, fromExport, scenariosOf].filter(
    (each) => each !== undefined,
  );
  if (named.length !== 1) {
    const message = 'name the run to replay, or give one of --all, --where, --from-export and --scenarios-of';
    throw new CliFailure('usage.run', message, hint('list'));
  }
  if (scenariosOf !== undefined && against === undefined)
    throw new CliFailure('usage.flags', '--scenarios-of goes with --against', 'add --against <definition>');
  if (until === undefined) return;
  if (name === undefined && fromExport === undefined)
    throw new CliFailure('usage.flags', '--until goes with one run');
  if (against !== undefined) throw new CliFailure('usage.flags', '--until and --against do not go together');
}

async function replayExactly(
  invocation: Invocation,
  name: string | undefined,
  { until: text, where }: ReplayFlags,
): Promise<ExitCode> {
  const { output } = invocation;
  const until = text === undefined ? undefined : eventNumber(text, '--until');
  const filter = where === undefined ? {} : { terms: parseTerms(where) };

  return withRunsThere<ExitCode>(invocation, async ({ workflows }) => {
    const runs =
      name === undefined
        ? await runsThatFit(workflows, filter)
        : [await namedRun(invocation, workflows, name)];
    const reports: ReplayReport[] = [];
    for (const run of runs) {
      const report = await workflows.replay(run, until);
      reports.push(report);
      for (const line of [...reportLines(report, output), ...viewLines(invocation, report)])
        output.data(line);
    }
    const differing = reports.filter(({ differences }) => differences.length > 0).length;
    output.document('ReplayReport', { total: reports.length, differing, items: reports.map(documentOf) });
    if (name === undefined) output.note(`${reports.length} runs replayed, ${differing} differ`);

    return differing === 0 ? 0 : 7;
  });
}

function documentOf({ view, ...report }: ReplayReport) {
  return view === undefined
    ? report
    : { ...report, state: runDocument(view, { nowMs: Date.parse(view.updatedAt) }) };
}

function reportLines(report: ReplayReport, { paint }: Invocation['output']): readonly string[] {
  const { definition, differences, events, run, stateHash } = report;
  const about = `${shortId(run)}  ${definition.id} v${definition.version}  ${events} events`;
  if (differences.length === 0) {
    return [`${paint.glyph('COMPLETED')} ${about}  exact  ${paint.dim(`state ${stateHash.slice(0, 16)}`)}`];
  }

  return [
    `${paint.glyph('FAILED')} ${about}  ${paint.look('failed', 'differs')}`,
    ...differences.map(
      ({ sequence, code, message }) =>
        `  at event ${sequence}: ${oneLine(message)} ${paint.dim(`[${code}]`)}`,
    ),
  ];
}

/** How the run was after the event up to which it was folded. */
function viewLines({ output }: Invocation, { view }: ReplayReport): readonly string[] {
  if (view === undefined) return [];
  const rows = taskRows(taskLines(view, Date.parse(view.updatedAt)), output.paint, output.columns());

  return [`  ${view.state.status} after event ${view.sequence}`, ...rows.map((row) => `  ${row}`)];
}

/** `workflow replay ... --against <definition>`: what runs that were recorded would have done by another definition. */
async function replayAgainst(
  invocation: Invocation,
  name: string | undefined,
  { against, where }: { readonly against: string; readonly where?: readonly string[] },
): Promise<ExitCode> {
  const { output } = invocation;
  const filter = where === undefined ? {} : { terms: parseTerms(where) };

  return withSession<ExitCode>(invocation, 'none', async ({ workflows }) => {
    const { loaded } = await resolveDefinition(await definitionSources(invocation, workflows), against);
    const runs =
      name === undefined
        ? await runsThatFit(workflows, { ...filter, definition: loaded.ref.id })
        : [await namedRun(invocation, workflows, name)];
    const reports: WhatIfReport[] = [];
    for (const run of runs) reports.push(await workflows.whatIf(run, loaded));
    output.document('WhatIfReport', { definition: loaded.ref, ...countsOf(reports), items: reports });
    if (reports.length > 0) output.data(whatIfTable(output, reports));
    output.note(countsText(`${loaded.ref.id} v${loaded.ref.version}`, reports));

    return reports.every(({ whatIf }) => whatIf.kind === 'same') ? 0 : 7;
  });
}

/** Latest change first; without those that were archived and whose events are gone. */
async function runsThatFit({ runs }: Workflows, filter: RunsFilter): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { run, archived } of runs.each(filter, 'updated'))
    if (archived !== 'head') found.push(run);

  return found;
}

type ReplayExportFlags = { readonly until?: string; readonly against?: string };

/** `workflow replay --from-export <file>`: folds an export again, offline, or feeds it to another definition. */
async function replayExport(
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
  const reports = [whatIfOf(text, compileChart(definition, ref))];
  output.document('WhatIfReport', { definition: ref, ...countsOf(reports), items: reports });
  output.data(whatIfTable(output, reports));
  output.note(countsText(`${ref.id} v${ref.version}`, reports));

  return reports.every(({ whatIf: { kind } }) => kind === 'same') ? 0 : 7;
}

/**
 * `workflow replay --scenarios-of <definition> --against <definition>`: what the ways through a definition would be by
 * another, where no run is at hand: on a pull request.
 */
async function scenariosAgainst(invocation: Invocation, of: string, against: string): Promise<ExitCode> {
  const { output } = invocation;
  const { loaded } = await resolveFile(invocation, of);
  const { ref, definition } = (await resolveFile(invocation, against)).loaded;
  const { scenarioExports } = await import('../../test/scenario-exports.ts');
  const chart = compileChart(definition, ref);
  const { exports, leftOut } = scenarioExports(loaded);
  const ways = exports.map(({ name, text }) => ({ ...whatIfOf(text, chart), run: name }));
  const items = ways.map(({ run: scenario, ...report }) => ({ scenario, ...report }));
  output.document('ScenarioWhatIfReport', { definition: ref, ...countsOf(ways), leftOut, items });
  // Most of the many ways are usually the same.
  const others = ways.filter(({ whatIf: { kind } }) => kind !== 'same');
  if (others.length > 0) output.data(whatIfTable(output, others, 'SCENARIO'));
  output.note(countsText(`${ref.id} v${ref.version}`, ways, 'scenario'));
  for (const each of leftOut) output.note(`not looked at: ${oneLine(each)}`);

  return others.length === 0 ? 0 : 7;
}

/** Of an export that was found sound. */
function whatIfOf(text: string, chart: Chart): WhatIfReport {
  const read = readExport(text);
  const sound = read.ok ? checkRecords(read.document).sound : [];
  const records = sound.map(({ record }) => record);
  const head = records.at(-1)?.data.head;
  if (!read.ok || head === undefined) throw new Error('the export holds no event of a run');
  const values = Object.entries(read.document.blobs ?? {});
  const blobs = new Map(values.map(([digest, value]) => [digest, JSON.parse(value) as Json]));
  const { charts } = checkDefinitions(read.document, sound);
  const aside = { ...emptyAside, blobs };
  const { run } = read.document;
  const { definition, status } = head;

  return { run, definition, status, whatIf: whatIf(records, chart, { charts, aside }) };
}
