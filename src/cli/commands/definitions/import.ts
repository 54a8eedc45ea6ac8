import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ImportedDefinition } from '../../../ports/definitions/definition-import.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { importReport, importReportText, isRefused } from '../../import/report-text.ts';
import { targetsOf, writeTargets } from '../../import/write-definitions.ts';
import type { Invocation } from '../../invocation.ts';

export type ImportFlags = {
  readonly out?: string;
  readonly report?: string;
  readonly tasks?: string;
  readonly strict?: boolean;
  readonly force?: boolean;
};

/** `workflow import <file>`: definitions of Conductor become ours; what has no equivalent is named. */
export async function importDefinitions(
  { app, io, output }: Invocation,
  file: string,
  flags: ImportFlags,
): Promise<ExitCode> {
  const read = async (name: string) => ({
    text: await readText(name, io),
    file: name === '-' ? 'stdin' : name,
  });
  const translate = await app.importer();
  const outcome = translate({
    ...(await read(file)),
    ...(flags.tasks === undefined ? {} : { tasks: await read(flags.tasks) }),
  });
  if (!outcome.ok) throw new CliFailure(outcome.code, outcome.message, outcome.fix);
  const { definitions } = outcome;
  const refused = definitions.filter((each) => isRefused(each, flags.strict === true));
  const isWithheld = flags.strict === true && refused.length > 0;
  const targets = isWithheld ? [] : await targetsOf(definitions, { out: flags.out, cwd: io.cwd });
  await writeTargets(targets, { force: flags.force === true });
  const report = importReport(definitions, targets);
  if (flags.report !== undefined) {
    const text = flags.report.endsWith('.json')
      ? `${JSON.stringify(report, null, 2)}\n`
      : `${importReportText(report)}\n`;
    await writeTargets([{ path: resolve(io.cwd, flags.report), shown: flags.report, text }], { force: true });
  }
  const withText = flags.out === undefined && !isWithheld;
  output.document(
    'ImportReport',
    withText ? { ...report, yaml: definitions.map(({ yaml }) => yaml) } : report,
  );
  if (withText) output.data(stdoutText(definitions));
  output.warn(importReportText(report, output.notePaint));
  for (const { shown } of targets) output.note(`wrote ${shown}`);
  if (isWithheld) output.warn('nothing was written: --strict refuses what has no equivalent');

  return refused.length === 0 ? 0 : 2;
}

function stdoutText(definitions: readonly ImportedDefinition[]): string {
  return definitions.map(({ yaml }) => yaml.trimEnd()).join('\n---\n');
}

async function readText(name: string, io: Invocation['io']): Promise<string> {
  if (name === '-') return io.stdin();
  try {
    return await readFile(resolve(io.cwd, name), 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (reason === 'ENOENT') throw new CliFailure('definition.not-found', `there is no file ${name}`);
    throw new CliFailure('definition.unreadable', `${name} cannot be read (${reason})`);
  }
}
