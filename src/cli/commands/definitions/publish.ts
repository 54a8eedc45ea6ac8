import type { DefinitionRef } from '../../../../events/run-events.ts';
import { defined } from '../../../../machines/language/defined.ts';
import type { BundleReport } from '../../../api/definitions.ts';
import { bundleUseCases } from '../../../operations/bundles/use-cases.ts';
import { refuseUnlessExecutable } from '../../../operations/definitions/resolve-definition.ts';
import type { PublishOutcome } from '../../../ports/runs/what-ifs.ts';
import type { Workflows } from '../../../ports/runs/workflows.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import { CliFailure, cliFailureOf } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { resolveFile } from '../../start/definition-sources.ts';
import { countsOf, countsText, whatIfTable } from '../../text/what-if-text.ts';
import { carriedOut, withPorts } from '../../with-ports.ts';
import { actorOf } from '../actor.ts';

export type PublishFlags = {
  readonly runs: string;
  readonly acceptDifferences?: boolean;
  readonly acceptFiles?: boolean;
  readonly dryRun?: boolean;
  readonly migrate?: boolean;
  readonly reason?: string;
  readonly as?: string;
};

/** `workflow definitions publish <file>`: compares a definition with the latest runs, registers it, migrates runs. */
export async function publish(invocation: Invocation, name: string, flags: PublishFlags): Promise<ExitCode> {
  const { io, output } = invocation;
  const runsMax = countOf(flags.runs);
  const found = await resolveFile(invocation, name);
  refuseUnlessExecutable(found);
  for (const { file, line, message } of found.warnings) output.note(`${file}:${line}  warning  ${message}`);

  const actor = actorOf(io, flags.as);

  return withSession<ExitCode>(invocation, flags.migrate ? 'recording' : 'none', async ({ workflows }) => {
    const answer = await workflows.publish({
      definition: found.loaded,
      file: found.file,
      actor,
      runsMax,
      acceptDifferences: flags.acceptDifferences === true,
      dryRun: flags.dryRun === true,
      ...(flags.reason === undefined ? {} : { reason: flags.reason }),
    });
    if (!answer.ok) throw new CliFailure(answer.refusal.code, answer.refusal.message);
    const { published } = answer;
    const isThere = published.outcome === 'registered' || published.outcome === 'known';
    const to = published.definition;
    const moved = flags.migrate === true && isThere ? await migrateRuns(workflows, { to, actor }) : undefined;
    report(invocation, published, moved);
    await sayHeldBack(invocation, workflows, published);

    return published.outcome === 'different' ? 7 : 0;
  });
}

/** `workflow definitions publish`: makes a bundle of the whole project, and makes it the current one. */
export async function publishBundle(invocation: Invocation, flags: PublishFlags): Promise<ExitCode> {
  const { output } = invocation;
  if (flags.migrate === true)
    throw new CliFailure('usage.migrate', '--migrate is for one definition: name its file');
  const { acceptDifferences = false, acceptFiles = false, dryRun = false, reason } = flags;
  const input = {
    runsMax: countOf(flags.runs),
    acceptDifferences,
    acceptFiles,
    dryRun,
    ...defined({ reason }),
  };
  const useCase = bundleUseCases.publish;

  return withPorts<ExitCode>(invocation, async (ports) => {
    const report = await carriedOut(invocation, ports, useCase, { input, as: flags.as });
    output.document('BundleReport', report);
    sayBundle(invocation, report);

    return report.outcome === 'different' ? 7 : 0;
  });
}

function sayBundle({ output, hint }: Invocation, report: BundleReport): void {
  for (const { name, change } of report.items) output.data(`${name}  ${change}`);
  for (const { id, version, different } of report.definitions)
    if (different > 0) output.note(`${id} v${version}: ${different} runs would have gone another way`);
  for (const { definition, what } of report.needsFiles)
    output.note(`${definition} works with files: ${what}`);
  if (report.without.length > 0)
    output.note(`no longer in it, and start nothing by themselves: ${report.without.join(', ')}`);
  output.data(bundleText(report));
  if (report.outcome === 'published') output.note(`serve it with ${hint('serve', '--bundle')}`);
  if (report.outcome === 'published' && report.before !== undefined)
    output.note(`go back with ${hint('bundles', 'use', report.before.slice(0, 12))}`);
}

function bundleText({ outcome, hash }: BundleReport): string {
  switch (outcome) {
    case 'published':
      return `the bundle ${hash} is the current one`;
    case 'known':
      return `the bundle ${hash} is the current one already`;
    case 'dry-run':
      return `the bundle ${hash} would be published; nothing was changed`;
    case 'different':
      return 'no bundle was published: runs would have gone another way; --accept-differences publishes it';
  }
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 0 && text.trim() !== '') return count;

  throw new CliFailure('usage.runs', `--runs takes a whole number, not "${text}"`);
}

function report(
  { output, hint }: Invocation,
  published: PublishOutcome,
  moved: readonly Migrated[] | undefined,
): void {
  const { definition, reports, outcome } = published;
  const name = `${definition.id} v${definition.version}`;
  output.document('PublishReport', {
    ...published,
    reports: undefined,
    ...countsOf(reports),
    items: reports,
    migrations: moved,
  });
  if (reports.length > 0) output.data(whatIfTable(output, reports));
  if (outcome !== 'known') output.note(comparedText(published));
  output.data(
    `${output.paint.glyph(outcome === 'different' ? 'FAILED' : 'COMPLETED')} ${outcomeText(name, outcome)}`,
  );
  for (const each of moved ?? []) output.data(migratedLine(each, output));
  if (moved?.length === 0) output.note('no run of an earlier version is under way');
  if (outcome === 'different')
    output.note(
      `with --accept-differences it is registered all the same; runs stay on the version they began with`,
    );
  if (outcome === 'registered')
    output.note(`start a run with ${hint('start', `${definition.id}@${definition.version}`)}`);
}

/** A version is registered by itself while the current bundle holds another one of its id. */
async function sayHeldBack(
  { output }: Invocation,
  workflows: Pick<Workflows, 'definition'>,
  { definition, outcome }: PublishOutcome,
): Promise<void> {
  if (outcome !== 'registered' && outcome !== 'known') return;
  const counting = await workflows.definition(definition.id);
  if (counting === undefined || counting.ref.version >= definition.version) return;
  output.note(
    `the current bundle holds ${definition.id} v${counting.ref.version}: that is what counts until a bundle with this version is published`,
  );
}

function comparedText({ definition, against, reports }: PublishOutcome): string {
  if (against === undefined)
    return `no version of ${definition.id} is registered: there is nothing to compare`;
  const counts = countsText(`${definition.id} v${definition.version}`, reports);
  const isUntold = reports.some(({ whatIf }) => whatIf.kind === 'untold');
  const untold = isUntold ? '. What cannot be told does not keep it from being registered' : '';

  return `the latest runs of ${against.id} v${against.version} compared. ${counts}${untold}`;
}

function migratedLine({ run, sequence, why }: Migrated, { paint }: Invocation['output']): string {
  if (why !== undefined) return `${paint.glyph('PENDING')} ${shortId(run)}  ${oneLine(why)}`;

  return `${paint.glyph('COMPLETED')} ${shortId(run)}  migrated (event ${sequence})`;
}

function outcomeText(name: string, outcome: PublishOutcome['outcome']): string {
  switch (outcome) {
    case 'registered':
      return `${name} registered`;
    case 'known':
      return `${name} is registered already, with the same content`;
    case 'dry-run':
      return `${name} would be registered; nothing was changed`;
    case 'different':
      return `${name} was not registered: runs would have gone another way`;
  }
}

/** One active run: the event that migrated it, or why it keeps its version. */
type Migrated = {
  readonly run: string;
  readonly from: DefinitionRef;
  readonly sequence?: number;
  readonly why?: string;
};

/** Migrates active runs of earlier versions to this one, where possible. */
async function migrateRuns(
  workflows: Workflows,
  { to, actor }: { readonly to: DefinitionRef; readonly actor: string },
): Promise<readonly Migrated[]> {
  const migrated: Migrated[] = [];
  for (const { run, head, damage } of await workflows.runs.unfinishedRuns()) {
    const { definition: from, status } = head;
    const isUnderWay = status === 'RUNNING' || status === 'PAUSED';
    if (!isUnderWay || from.id !== to.id || from.version >= to.version) continue;
    const why = damage?.message;
    migrated.push({
      run,
      from,
      ...(why === undefined ? await migrate(workflows, run, { to, actor }) : { why }),
    });
  }

  return migrated;
}

/** A run that cannot be reached does not stop the others. */
async function migrate(
  workflows: Workflows,
  run: string,
  { to, actor }: { readonly to: DefinitionRef; readonly actor: string },
): Promise<Pick<Migrated, 'sequence' | 'why'>> {
  try {
    const answer = await workflows.migrate(run, to.hash, actor);
    return answer.ok ? { sequence: answer.sequence } : { why: answer.refusal.message };
  } catch (error) {
    return { why: cliFailureOf(error).message };
  }
}
