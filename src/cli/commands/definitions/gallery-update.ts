import { isDefinitionName, looksLikeDefinition } from '../../../files/local-definitions.ts';
import { safeLines } from '../../../lib/text.ts';
import { executableText } from '../../../operations/definitions/resolve-definition.ts';
import type {
  Gallery,
  InstalledTemplate,
  TemplateDetails,
  TemplateFile,
  TemplatePermissions,
} from '../../../ports/definitions/gallery.ts';
import type { WhatIfReport } from '../../../ports/runs/what-ifs.ts';
import { lineChanges } from '../../../projections/definition/line-diff.ts';
import { CliFailure, cliFailureOf } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { permissionsText } from '../../text/template-text.ts';
import { countsOf, countsText, whatIfTable } from '../../text/what-if-text.ts';
import { actorOf } from '../actor.ts';
import { agreed, galleryFor, installing } from './gallery.ts';

export type UpdateFlags = {
  readonly runs: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly acceptDifferences?: boolean;
};

type Updated = {
  readonly name: string;
  readonly from: number;
  /** Absent where it is not known: its gallery cannot be read. */
  readonly to?: number;
  readonly outcome: string;
  /** Why it failed. */
  readonly code?: string;
  readonly message?: string;
};

/** `workflow gallery update [name]`: what changed, what past runs would have done by it, and then the new version. */
export async function updateTemplates(
  invocation: Invocation,
  name: string | undefined,
  flags: UpdateFlags,
): Promise<ExitCode> {
  const { output, hint } = invocation;
  const gallery = await galleryFor(invocation);
  const installed = (await gallery.installed()).filter((each) => name === undefined || each.name === name);
  if (name !== undefined && installed.length === 0)
    throw new CliFailure(
      'gallery.not-installed',
      `no template ${name} is installed`,
      hint('gallery', 'list'),
    );
  const { items, exits } = await gallery.during((same) =>
    eachUpdated(invocation, { ...gallery, ...same }, { installed, name, flags }),
  );
  output.document('UpdateReport', { items });
  if (installed.length === 0) output.note('no template is installed');
  const [exit = 0] = exits;

  return exits.size > 1 ? 1 : exit;
}

type Wanted = {
  readonly installed: readonly InstalledTemplate[];
  readonly name: string | undefined;
  readonly flags: UpdateFlags;
};

async function eachUpdated(
  invocation: Invocation,
  gallery: Gallery,
  { installed, name, flags }: Wanted,
): Promise<{ readonly items: readonly Updated[]; readonly exits: ReadonlySet<ExitCode> }> {
  const items: Updated[] = [];
  const exits = new Set<ExitCode>();
  for (const each of installed) {
    try {
      const item = await updated(invocation, gallery, each, flags);
      items.push(item);
      if (item.outcome === 'different') exits.add(7);
    } catch (error) {
      if (name !== undefined) throw error;
      // One gallery that is gone keeps no other template from its update.
      const failure = cliFailureOf(error);
      const { code, message, exit } = failure;
      invocation.output.failure({ ...failure, message: `${each.name}: ${message}` });
      items.push({ name: each.name, from: each.version, outcome: 'failed', code, message });
      exits.add(exit);
    }
  }

  return { items, exits };
}

async function updated(
  invocation: Invocation,
  gallery: Gallery,
  before: InstalledTemplate,
  flags: UpdateFlags,
): Promise<Updated> {
  const { output } = invocation;
  const { name, version: from, edited, gallery: of } = before;
  const found = await gallery.find({ name, gallery: of });
  const told = (outcome: string, text: string): Updated => {
    output.data(`${output.paint.glyph(outcome === 'different' ? 'FAILED' : 'COMPLETED')} ${text}`);
    return { name, from, to: found.version, outcome };
  };
  const current = await gallery.current(name);
  const isGone = current.files.length === 0;
  if (found.version === from && !isGone) return told('known', `${name}@${from} is the latest`);
  // A process that was killed may have put them there without saying so in the lock file.
  if (!isGone && !haveSameFiles(current.files, found.files)) refuseEdited(found, edited);
  output.data(`${name}: from version ${from} to ${found.version}`);
  output.data(changesText(current.files, found.files));
  output.data(newPermissions(current.permissions, found.permissions).join('\n'));
  const reports = await pastRuns(invocation, found, flags.runs);
  const { total, same, untold } = countsOf(reports);
  if (total > 0) output.data(whatIfTable(output, reports));
  output.data(countsText(`${name}@${found.version}`, reports));
  if (flags.dryRun === true) return told('dry-run', `${name}@${found.version} is there; nothing was changed`);
  if (same + untold < total && flags.acceptDifferences !== true) {
    return told(
      'different',
      `${name} stays at ${from}: runs would have gone another way; --accept-differences takes it all the same`,
    );
  }
  await agreed(invocation, `Update ${name} to version ${found.version}?`, flags);
  await installing(invocation, gallery, found);

  return told('updated', `${name}@${found.version} is installed; runs stay on the version they began with`);
}

function refuseEdited({ name, version }: TemplateDetails, edited: readonly string[]): void {
  if (edited.length === 0) return;

  throw new CliFailure(
    'gallery.edited',
    `${name}@${version} is there, but you have edited ${edited.join(', ')}: nothing was changed`,
    'move what you changed to a folder and an id of its own, or take the change back',
  );
}

function haveSameFiles(current: readonly TemplateFile[], found: readonly TemplateFile[]): boolean {
  const texts = new Map(found.map(({ path, text }) => [path, text]));

  return current.length === found.length && current.every(({ path, text }) => texts.get(path) === text);
}

/** The lines that differ, file by file; of a file that comes or goes only its name. */
function changesText(before: readonly TemplateFile[], after: readonly TemplateFile[]): string {
  const old = new Map(before.map(({ path, text }) => [path, text]));
  const paths = new Set(after.map(({ path }) => path));
  const gone = before.filter(({ path }) => !paths.has(path)).map(({ path }) => `--- ${path} is gone`);
  const changed = after.flatMap(({ path, text }) => {
    const was = old.get(path);
    if (was === undefined) return [`+++ ${path} is new`];
    if (was === text) return [];
    const lines = [...lineChanges(was.trimEnd().split('\n'), text.trimEnd().split('\n'))];
    const marks = { added: '+', removed: '-' } as const;

    return [
      `--- ${path}`,
      ...lines.flatMap(({ kind, text: line }) =>
        kind === 'same' ? [] : [`${marks[kind]} ${safeLines(line)}`],
      ),
    ];
  });

  return [...changed, ...gone].join('\n');
}

function newPermissions(before: TemplatePermissions, after: TemplatePermissions): readonly string[] {
  const known = new Set(permissionsText(before));
  const added = permissionsText(after).filter((line) => !known.has(line));

  return added.length === 0 ? ['It may do nothing that it might not do before'] : ['New:', ...added];
}

/** What the latest runs would have done by its definitions. Nothing is registered. */
function pastRuns(
  invocation: Invocation,
  { files }: TemplateDetails,
  runs: string,
): Promise<readonly WhatIfReport[]> {
  const definitions = files
    .filter(({ path, text }) => isDefinitionName(path) && looksLikeDefinition(text))
    .map(({ path: file, text }) => ({ file, definition: executableText({ file, text }) }));

  return withSession(invocation, 'none', async ({ workflows }) => {
    const found: WhatIfReport[] = [];
    for (const each of definitions) {
      const answer = await workflows.publish({
        ...{ ...each, actor: actorOf(invocation.io, undefined), runsMax: countOfRuns(runs) },
        ...{ acceptDifferences: false, dryRun: true },
      });
      if (!answer.ok) throw new CliFailure(answer.refusal.code, answer.refusal.message);
      found.push(...answer.published.reports);
    }

    return found;
  });
}

function countOfRuns(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);

  throw new CliFailure('usage.runs', `--runs takes a whole number, not "${text}"`);
}
