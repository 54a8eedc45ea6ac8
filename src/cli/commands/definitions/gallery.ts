import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseDefinitionName } from '../../../../machines/definition.ts';
import { safeLines } from '../../../lib/text.ts';
import type {
  Gallery,
  InstalledTemplate,
  TemplateDetails,
  TemplateLine,
  WantedTemplate,
} from '../../../ports/definitions/gallery.ts';
import { formatTable } from '../../../terminal/render/table.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { permissionsText, templateText } from '../../text/template-text.ts';

/** `workflow gallery add <place>`: takes a gallery into the project's lock file, and pins its key. */
export async function addGallery(
  invocation: Invocation,
  at: string,
  flags: { readonly name?: string; readonly key?: string },
): Promise<ExitCode> {
  const { output, hint } = invocation;
  const gallery = await galleryFor(invocation);
  const publicKey = flags.key === undefined ? undefined : await publicKeyIn(invocation, flags.key);
  const added = await gallery.add({ at, name: flags.name, publicKey });
  output.document('Gallery', added);
  output.data(`gallery ${added.name} added, with key ${added.key}`);
  if (added.pinned === 'first-use')
    output.note(
      'the key is the one that the gallery names: compare it with what its keeper says. Another one is refused from now on',
    );
  output.note(`see what it has with ${hint('gallery', 'list')}`);

  return 0;
}

/** `workflow gallery forget <gallery>`: what was installed from it stays. */
export async function forgetGallery(invocation: Invocation, name: string): Promise<ExitCode> {
  await (await galleryFor(invocation)).forget(name);
  invocation.output.document('Gallery', { name });
  invocation.output.data(`gallery ${name} is not asked any more; what was installed from it stays`);

  return 0;
}

/** `workflow gallery list` and `search <words>`: each template of each gallery that has all the words. */
export async function listTemplates(
  invocation: Invocation,
  words: readonly string[] = [],
): Promise<ExitCode> {
  const { output, hint } = invocation;
  const gallery = await galleryFor(invocation);
  const [{ templates, problems }, galleries] = [await gallery.list(), await gallery.galleries()];
  const items = templates.filter((template) => hasAll(template, words));
  output.document('TemplateList', { items, problems, galleries });
  if (items.length > 0) output.data(templateTable(items));
  else output.note(`no template has ${words.join(' ')}; all: ${hint('gallery', 'list')}`);
  for (const each of problems)
    output.warn(`the gallery ${each.gallery} is left out: ${safeLines(each.message)} [${each.code}]`);

  return problems.length === 0 ? 0 : 1;
}

function hasAll({ name, title, description }: TemplateLine, words: readonly string[]): boolean {
  const text = `${name} ${title} ${description}`.toLowerCase();

  return words.every((word) => text.includes(word.toLowerCase()));
}

function templateTable(items: readonly TemplateLine[]): string {
  return formatTable(
    [
      { title: 'TEMPLATE' },
      { title: 'VERSION' },
      { title: 'INSTALLED' },
      { title: 'GALLERY' },
      { title: 'TITLE' },
    ],
    items.map(({ name, version, installed, gallery, title }) => [
      ...[name, String(version), installed === undefined ? '-' : String(installed), gallery, oneLine(title)],
    ]),
  );
}

type FromFlags = { readonly gallery?: string };

/** `workflow gallery show <name>[@version]`: what it is, what it needs, and what it may do. */
export async function showTemplate(
  invocation: Invocation,
  name: string,
  flags: FromFlags & { readonly files?: boolean },
): Promise<ExitCode> {
  const { output } = invocation;
  const found = await (await galleryFor(invocation)).find(wantedBy(name, flags));
  output.document('Template', found);
  output.data(templateText(found, output.paint));
  if (flags.files === true)
    for (const { path, text } of found.files) output.data(`\n--- ${path}\n${safeLines(text.trimEnd())}`);

  return 0;
}

/** `workflow gallery install <name>[@version]`: says what it may do, asks, and puts it into the project. */
export async function installTemplate(
  invocation: Invocation,
  name: string,
  flags: FromFlags & { readonly yes?: boolean },
): Promise<ExitCode> {
  const { output, hint } = invocation;
  const gallery = await galleryFor(invocation);
  const { found, installed } = await gallery.during(async (same) => {
    const looked = await same.find(wantedBy(name, flags));
    output.note(templateText(looked, output.notePaint));
    await agreed(invocation, `Install ${looked.name}@${looked.version}?`, flags);

    return { found: looked, installed: await installing(invocation, same, looked) };
  });
  output.document('InstalledTemplate', { ...installed, permissions: found.permissions });
  output.data(
    `${output.paint.glyph('COMPLETED')} ${installed.name}@${installed.version} is in ${installed.folder}`,
  );
  output.note(`start a run with ${hint('start', installed.name)}`);

  return 0;
}

/** The gallery verifies and tests it first, which takes a while. */
export async function installing(
  { output }: Invocation,
  gallery: Pick<Gallery, 'install'>,
  { name, version, gallery: from, sha256 }: TemplateDetails,
): Promise<InstalledTemplate> {
  output.note(output.notePaint.dim(`verifying, checking and testing ${name}@${version} ...`));

  return gallery.install({ name, version, gallery: from, sha256 });
}

/** Asks, unless `--yes` was said. Throws CliFailure. */
export async function agreed(
  { io }: Invocation,
  question: string,
  { yes }: { readonly yes?: boolean },
): Promise<void> {
  if (yes === true) return;
  if (io.prompt === undefined)
    throw new CliFailure(
      'usage.yes',
      `${question} There is no terminal to ask on, and nothing was changed`,
      'add --yes',
    );
  const answer = (await io.prompt(`${question} [y/N] `)).trim().toLowerCase();
  if (answer !== 'y' && answer !== 'yes') throw new CliFailure('usage.declined', 'nothing was changed');
}

/** `workflow gallery remove <name>`: an installed template that nobody has edited. */
export async function removeTemplate(invocation: Invocation, name: string): Promise<ExitCode> {
  const { output } = invocation;
  const removed = await (await galleryFor(invocation)).remove(name);
  output.document('InstalledTemplate', removed);
  output.data(
    `${removed.name}@${removed.version} is removed; versions that are registered and runs of them stay`,
  );

  return 0;
}

export type PublishTemplateFlags = {
  readonly to: string;
  readonly agents?: string;
  readonly docs?: string;
  readonly key?: string;
};

/** `workflow gallery publish <definition> --to <folder>`: a signed template of a definition of the project. */
export async function publishToGallery(
  invocation: Invocation,
  definition: string,
  { key: keyFile, ...asked }: PublishTemplateFlags,
): Promise<ExitCode> {
  const { output } = invocation;
  const gallery = await galleryFor(invocation);
  output.note(output.notePaint.dim(`checking and testing ${definition} ...`));
  const signer = await signerFor(invocation, keyFile);
  const items = await gallery.publish({ ...asked, definition, ...signer });
  output.document('TemplateList', { items });
  for (const { name, version, file, permissions } of items) {
    output.note(permissionsText(permissions).join('\n'));
    output.data(`${output.paint.glyph('COMPLETED')} ${name}@${version}: ${file}`);
  }
  output.note(
    `signed with key ${signer.key.key}; put ${asked.to} on any server of static files, or into a git repository`,
  );

  return 0;
}

/** The key of a file, or else the one that exports of the project are signed with. */
async function signerFor({ app, io, projectDir }: Invocation, keyFile: string | undefined) {
  const { keys, signerOf } = await app.signing(projectDir());
  if (keyFile !== undefined) return signerOf(await textOf(resolve(io.cwd, keyFile), keyFile), keyFile);
  const { key, publicKey } = await keys.current(new Date(io.clock.now()).toISOString());

  return { key: { key, publicKey }, sign: (digest: string) => keys.sign(key, digest) };
}

async function publicKeyIn({ app, io, projectDir }: Invocation, file: string): Promise<string> {
  const { readPublicKey } = await app.signing(projectDir());

  return readPublicKey(await textOf(resolve(io.cwd, file), file), file).publicKey;
}

async function textOf(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw new CliFailure('usage.key', `--key ${shown} cannot be read`, 'name the file of a key');
  }
}

export function galleryFor({ app, io, projectDir }: Invocation): Promise<Gallery> {
  return app.gallery(projectDir(), io.cwd);
}

/** `name` or `name@version`. */
function wantedBy(name: string, { gallery }: FromFlags): WantedTemplate {
  const { id, version } = parseDefinitionName(name);

  return { name: id, version, gallery };
}
