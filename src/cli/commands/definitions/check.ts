import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Definition } from '../../../../machines/definition.ts';
import { notExecutable } from '../../../../machines/language/executable.ts';
import { formatProblem, orderProblems, type Problem } from '../../../../machines/language/problem.ts';
import type { DeepOptions } from '../../../../machines/prover/deep/deep-check.ts';
import {
  definitionFiles,
  definitionsFolder,
  looksLikeDefinition,
  projectFiles,
} from '../../../files/local-definitions.ts';
import { enterpriseFileName, serveFileName, stationsFileName } from '../../../ports/serve-file.ts';
import { agentsFileName } from '../../../ports/work/agent-admin.ts';
import { modelsFileName } from '../../../ports/work/models.ts';
import { placesOf } from '../../../projections/task/task-order.ts';
import type { DeepCheck } from '../../check/deep-text.ts';
import { createFileWorlds, type FileWorlds } from '../../check/file-worlds.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';

const scenesMaxDefault = '20000';

type Report = {
  readonly file: string;
  readonly ok: boolean;
  readonly definition?: { readonly id: string; readonly version: number; readonly tasks: number };
  readonly agents?: number;
  readonly principals?: number;
  readonly models?: number;
  readonly hooks?: number;
  readonly alerts?: number;
  readonly goals?: number;
  readonly kpis?: number;
  readonly stations?: number;
  readonly problems: readonly (Pick<Problem, 'code' | 'severity' | 'message' | 'path'> & Partial<Problem>)[];
  readonly deep?: DeepCheck;
};

/**
 * `workflow check [files...]`: all that is wrong with definitions and files of settings, starting nothing; without
 * files, those of the project.
 */
export async function check(
  invocation: Invocation,
  names: readonly string[],
  flags: CheckFlags = {},
): Promise<ExitCode> {
  const { io, output, hint } = invocation;
  const asked = askedDeep(flags);
  const files =
    names.length === 0
      ? await projectTexts(invocation)
      : (await Promise.all(names.map((name) => expand(resolve(io.cwd, name))))).flat();
  const worlds = createFileWorlds(invocation, { paths: files, offline: flags.offline === true });
  const deep = { scenesMax: asked?.scenesMax };
  const reports = await Promise.all(
    files.map((path) => checkFile(path, relative(io.cwd, path) || path, { worlds, ...deep })),
  );
  const unseen = worlds.unseen();
  if (unseen !== undefined) output.note(`not looked at: what is registered and who works now (${unseen})`);
  const failed = reports.filter(({ ok }) => !ok).length;
  const written = await writeExamples(reports, asked?.folder, io);
  const documents = reports.map(({ deep, ...report }) =>
    deep === undefined ? report : { ...report, deep: deep.document },
  );
  output.document('CheckReport', {
    ok: failed === 0,
    files: documents,
    ...(asked === undefined ? {} : { written }),
  });
  for (const report of reports) output.data(reportText(report, output));
  if (flags.githubAnnotations === true) for (const report of reports) await annotate(report, output);
  for (const file of written) output.note(`wrote ${file}`);
  if (reports.length === 0) output.warn(`no definition files in ${names.join(', ')}`);
  if (reports.length > 1) output.note(`${reports.length} files, ${failed} with errors`);
  const [first] = reports.flatMap(found);
  if (first !== undefined)
    output.note(output.notePaint.dim(`what a code means: ${hint('explain', first.code)}`));

  return failed === 0 && reports.length > 0 ? 0 : 2;
}

/** All that can be checked in a project. Throws CliFailure where that is nothing. */
async function projectTexts({ hint, projectDir }: Invocation): Promise<readonly string[]> {
  const dir = projectDir();
  const settings = settingsNames.map((name) => join(dir, name)).filter((path) => existsSync(path));
  const files = [...(await projectFiles(dir)), ...settings];
  if (files.length > 0) return files;
  const message = `there is nothing to check in ${dir}: no file in ${definitionsFolder}/, and none of ${settingsNames.join(', ')}`;

  throw new CliFailure('usage.file', message, hint('check', '<file>'));
}

const settingsNames = [agentsFileName, modelsFileName, enterpriseFileName, serveFileName, stationsFileName];

async function writeExamples(
  reports: readonly Report[],
  folder: string | undefined,
  { cwd, clock }: Invocation['io'],
): Promise<readonly string[]> {
  if (folder === undefined) return [];
  const { writeCounterexamples } = await import('../../check/counterexample-files.ts');
  const deep = reports.flatMap((report) => report.deep?.report ?? []);

  return writeCounterexamples(deep, { folder, cwd, now: clock.now() });
}

/** A folder stands for the definitions in it. */
async function expand(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined);

  if (found?.isDirectory() !== true) return [path];
  const readable = await readdir(path).then(
    () => true,
    () => false,
  );

  // Reading it as a file reports why it cannot be read.
  return readable ? definitionFiles(path) : [path];
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};

function reasonOf(error: unknown): string {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);

  return reasons[reason] ?? `the file cannot be read (${reason})`;
}

/** Why a file cannot be read; undefined where it can. */
function faultOf(path: string): string | undefined {
  try {
    readFileSync(path);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

async function checkFile(
  path: string,
  file: string,
  { worlds, scenesMax }: { readonly worlds: FileWorlds; readonly scenesMax: number | undefined },
): Promise<Report> {
  let content: Uint8Array;
  try {
    content = await readFile(path);
  } catch (error) {
    const message = reasonOf(error);
    return {
      file,
      ok: false,
      problems: [{ code: 'definition.unreadable', severity: 'error', message, path: '', file }],
    };
  }
  if (isCalled(agentsFileName, path, content)) return checkAgents(file, content);
  if (isCalled(modelsFileName, path, content)) return checkModelsFile(file, content);
  if (isCalled(serveFileName, path, content)) return checkServeFile(file, content);
  if (isCalled(enterpriseFileName, path, content)) return checkEnterprise(file, content);
  if (isCalled(stationsFileName, path, content)) return checkStations(file, content, dirname(path));
  const result = await worlds.check({ path, file, content });
  if (!result.ok) return { file, ok: false, problems: result.problems };
  const { definition, ref } = result.loaded;
  const isFit = result.misfits.every(({ severity }) => severity !== 'error');
  // A feature that is not supported yet is no error of the file.
  const later = notExecutable(definition).map((each) => ({ ...each, severity: 'warning' as const, file }));
  const deep =
    scenesMax === undefined ? undefined : await checkDeep({ loaded: result.loaded, file, scenesMax });

  return {
    file,
    ok: isFit && (deep === undefined || deep.isOk),
    definition: { id: ref.id, version: ref.version, tasks: taskCount(definition) },
    problems: [...orderProblems([...result.warnings, ...result.misfits]), ...later],
    ...(deep === undefined ? {} : { deep }),
  };
}

/** The prover is loaded for `--deep` only. */
async function checkDeep(options: DeepOptions): Promise<DeepCheck> {
  const { renderedDeepCheck } = await import('../../check/deep-text.ts');

  return renderedDeepCheck(options);
}

/** Recognized by its file name, unless it is a workflow of that name. */
function isCalled(name: string, path: string, content: Uint8Array): boolean {
  return basename(path) === name && !looksLikeDefinition(new TextDecoder().decode(content));
}

async function checkAgents(file: string, content: Uint8Array): Promise<Report> {
  const { loadAgents } = await import('../../../../machines/agents/load-agents.ts');
  const result = loadAgents({ file, content });
  if (!result.ok) return { file, ok: false, problems: result.problems };
  const { agents, principals, warnings } = result;

  return { file, ok: true, agents: agents.length, principals: principals.length, problems: warnings };
}

async function checkModelsFile(file: string, content: Uint8Array): Promise<Report> {
  const { loadModels } = await import('../../../../machines/models/load-models.ts');
  const result = loadModels({ file, content });
  if (!result.ok) return { file, ok: false, problems: result.problems };

  return { file, ok: true, models: result.models.length, problems: result.warnings };
}

async function checkServeFile(file: string, content: Uint8Array): Promise<Report> {
  const { loadServeFile } = await import('../../../../machines/serve-file/load-serve-file.ts');
  const result = loadServeFile({ file, content });
  if (!result.ok) return { file, ok: false, problems: result.problems };
  const { hooks, alerts, warnings } = result;

  return { file, ok: true, hooks: hooks.length, alerts: alerts.length, problems: warnings };
}

async function checkEnterprise(file: string, content: Uint8Array): Promise<Report> {
  const { loadEnterprise } = await import('../../../../machines/goals/load-enterprise.ts');
  const result = loadEnterprise({ file, content });
  if (!result.ok) return { file, ok: false, problems: result.problems };
  const { goals, kpis, warnings } = result;

  return { file, ok: true, goals: goals.length, kpis: kpis.length, problems: warnings };
}

/** Few projects have one: its reader is loaded for it only. */
async function checkStations(file: string, content: Uint8Array, project: string): Promise<Report> {
  const { loadStations } = await import('../../../../machines/stations/stations.ts');
  const result = loadStations({ file, content, faultOf: (name) => faultOf(resolve(project, name)) });
  if (!result.ok) return { file, ok: false, problems: result.problems };

  return { file, ok: true, stations: result.peers.length, problems: result.warnings };
}

/** Counts nested tasks. The tasks that a FORK makes of a workflow are not in the text. */
function taskCount(definition: Definition): number {
  return [...placesOf(definition).keys()].filter((id) => !id.includes('/')).length;
}

function reportText(report: Report, { paint }: Invocation['output']): string {
  const { file, ok, problems, deep } = report;
  const lines = problems.map((problem) =>
    isPlaced(problem) ? formatProblem(problem) : placeless(problem, file),
  );
  const errors = found(report).filter(({ severity }) => severity === 'error').length;
  const verdict = ok
    ? `${paint.glyph('COMPLETED')} ${file}${aboutText(report)}`
    : `${paint.glyph('FAILED')} ${file}  ${errors} ${errors === 1 ? 'error' : 'errors'}`;

  return [...lines, ...(deep === undefined ? [] : [deep.text]), verdict].join('\n');
}

/** On stderr: GitHub reads both, and stdout is what people keep. */
async function annotate({ file, problems, deep }: Report, { warn }: Invocation['output']): Promise<void> {
  const { annotation } = await import('../../check/annotations.ts');
  for (const { path, message, ...problem } of problems)
    warn(annotation({ file, ...problem, message: path === '' ? message : `${path}: ${message}` }));
  for (const { finding, placed } of deep?.report.findings ?? []) warn(annotation({ ...placed, ...finding }));
}

/** What is wrong with a file, without what is only noted. */
function found({ problems, deep }: Report): readonly Pick<Problem, 'code' | 'severity'>[] {
  const findings = (deep?.report.findings ?? []).map(({ finding }) => finding);

  return [
    ...problems,
    ...findings.flatMap(({ code, severity }) => (severity === 'note' ? [] : [{ code, severity }])),
  ];
}

function aboutText(report: Report): string {
  const { definition, agents, principals, models, hooks, alerts, goals, kpis, stations } = report;
  if (models !== undefined) return `  ${counted(models, 'model')}`;
  if (stations !== undefined) return `  ${counted(stations, 'other station')}`;
  if (definition !== undefined)
    return `  ${definition.id} v${definition.version}, ${definition.tasks} ${definition.tasks === 1 ? 'task' : 'tasks'}`;

  if (hooks !== undefined) return `  ${counted(hooks, 'hook')}, ${counted(alerts ?? 0, 'alert rule')}`;

  if (goals !== undefined) return `  ${counted(goals, 'goal')}, ${counted(kpis ?? 0, 'KPI')}`;

  return agents === undefined
    ? ''
    : `  ${counted(agents, 'agent')}, ${counted(principals ?? 0, 'principal')}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function isPlaced(problem: Report['problems'][number]): problem is Problem {
  return problem.line !== undefined;
}

function placeless({ severity, path, message, code }: Report['problems'][number], file: string): string {
  return `${file}  ${severity}  ${path === '' ? '' : `${path}: `}${message}  [${code}]`;
}

/** The options of `workflow check` as typed. */
export type CheckFlags = {
  readonly offline?: boolean;
  readonly deep?: boolean;
  readonly counterexamples?: string;
  readonly scenesMax?: string;
  readonly githubAnnotations?: boolean;
};

/** Options of a deep check: how far to explore, and where counter-examples go. */
type AskedDeep = { readonly scenesMax: number; readonly folder: string | undefined };

/** Undefined without `--deep`. Throws CliFailure. */
function askedDeep({ deep, counterexamples: folder, scenesMax }: CheckFlags): AskedDeep | undefined {
  if (deep !== true) {
    refuseAlone('counterexamples', folder, 'which finds them');
    refuseAlone('scenes-max', scenesMax, 'which it bounds');
    return undefined;
  }
  const typed = scenesMax ?? scenesMaxDefault;
  if (!/^[1-9]\d*$/.test(typed) || !Number.isSafeInteger(Number(typed))) {
    throw new CliFailure(
      'usage.scenes-max',
      `--scenes-max ${typed} is no whole number from 1 on`,
      `leave it out for ${scenesMaxDefault}`,
    );
  }

  return { scenesMax: Number(typed), folder };
}

function refuseAlone(option: string, value: string | undefined, why: string): void {
  if (value === undefined) return;
  throw new CliFailure(`usage.${option}`, `--${option} needs --deep, ${why}`, 'add --deep');
}
