import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { dump } from 'js-yaml';
import { idPattern } from '../../../../machines/language/schema/shapes.ts';
import { didYouMean } from '../../../../machines/language/suggest.ts';
import { isDefinitionName, localDefinitions } from '../../../files/local-definitions.ts';
import type { Gallery, TemplateLine, TemplatePermissions } from '../../../ports/definitions/gallery.ts';
import { formatTable } from '../../../terminal/render/table.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import { CliFailure } from '../../cli-failure.ts';
import {
  helloTest,
  helloText,
  type ProjectFile,
  schemaComment,
  workflowSchema,
  writeNew,
} from '../../dev/first-project.ts';
import { addStandIns } from '../../dev/stand-ins.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { check } from './check.ts';

const hello = {
  name: 'hello',
  title: 'Hello',
  description: 'One command that greets somebody: to begin with.',
};

type Choice = Pick<TemplateLine, 'name' | 'title' | 'description'>;

/** `workflow new [template] [name]`: a definition and its test, made of a template. Asks for what it is not told. */
export async function newDefinition(
  invocation: Invocation,
  template: string | undefined,
  named: string | undefined,
): Promise<ExitCode> {
  const { app, io, output, hint, projectDir } = invocation;
  const folder = projectDir();
  refuseMissing(invocation, template, named);
  const gallery = await app.gallery(folder, io.cwd);
  // To read what all templates are takes its time.
  const choices: readonly Choice[] =
    template === hello.name ? [hello] : [hello, ...(await gallery.list()).templates];
  const chosen = chosenBy(choices, template ?? (await askTemplate(invocation, choices)));
  const name = named ?? (await askName(invocation, chosen));
  await refuseName(invocation, folder, name);
  const { files: found, needed } = await contentOf(gallery, chosen);
  const files = found.map((file) => renamed(file, chosen.name, name));
  const made = await written(folder, name, files);
  const { made: programs, declared } = await addStandIns(folder, needed);
  const all = [...made, ...programs];
  output.document('NewDefinition', { definition: name, template: chosen.name, made: all, declared });
  const shown = (path: string): string => relative(io.cwd, join(folder, path));
  const isChecked = (path: string): boolean => isDefinitionName(path) && path.startsWith('definitions/');
  for (const path of all)
    if (!isChecked(path)) output.data(`${output.paint.glyph('COMPLETED')} ${shown(path)}`);
  if (declared.length > 0)
    output.note(`agents.yaml declares ${declared.join(', ')} now, played by small programs`);
  const definitions = made.filter(isChecked).map(shown);
  const exit = await check({ ...invocation, output: { ...output, document: () => undefined } }, definitions);
  output.note('\ntry next:');
  for (const words of [`dev ${name}`, `test ${name}`, `start ${name} --help`])
    output.note(`  ${hint(words)}`);

  return exit;
}

/** Resolves with those that were not there before. */
async function written(
  folder: string,
  name: string,
  files: readonly ProjectFile[],
): Promise<readonly string[]> {
  const hasSchema = existsSync(join(folder, workflowSchema));
  const made: string[] = [];
  for (const { path, text } of files) {
    const isMain = path === `definitions/${name}.yaml`;
    const file = { path, text: isMain && hasSchema ? `${schemaComment}${text}` : text };
    if (await writeNew(folder, file)) made.push(path);
  }

  return made;
}

/** Nobody is asked where there is no terminal. Throws CliFailure. */
function refuseMissing(
  { io, output, hint }: Invocation,
  template: string | undefined,
  named: string | undefined,
): void {
  if (named !== undefined || (io.prompt !== undefined && !output.json)) return;
  if (template === undefined)
    throw new CliFailure(
      'usage.template',
      'name the template to begin with: hello, or one that comes with the program',
      `${hint('new', 'hello', '<name>')}; all: ${hint('gallery', 'list')}`,
    );

  throw new CliFailure(
    'usage.name',
    `name the definition that is made of ${template}`,
    hint('new', template, '<name>'),
  );
}

async function askTemplate({ io, output }: Invocation, choices: readonly Choice[]): Promise<string> {
  if (io.prompt === undefined) return '';
  const columns = output.columns();
  output.note(
    formatTable(
      [{ title: '', align: 'right' }, { title: 'TEMPLATE' }, { title: 'WHAT IT DOES', flexible: true }],
      choices.map(({ name, title, description }, at) => [
        ...[String(at + 1), name, oneLine(description === '' ? title : description)],
      ]),
      columns === undefined ? {} : { columns },
    ),
  );
  const said = (await io.prompt('template (its name or number) [1]: ')).trim();

  return choices[Number(said === '' ? '1' : said) - 1]?.name ?? said;
}

async function askName({ io }: Invocation, { name }: Choice): Promise<string> {
  const said = (await io.prompt?.(`name of the definition [${name}]: `))?.trim() ?? '';

  return said === '' ? name : said;
}

/** Throws CliFailure. */
function chosenBy(choices: readonly Choice[], name: string): Choice {
  const found = choices.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = choices.map((each) => each.name);

  throw new CliFailure(
    'usage.template',
    `there is no template "${name}"${didYouMean(name, names)}`,
    `one of ${names.join(', ')}`,
  );
}

/** Rejects with CliFailure. */
async function refuseName({ hint }: Invocation, folder: string, name: string): Promise<void> {
  if (!idPattern.test(name))
    throw new CliFailure(
      'usage.name',
      `"${name}" cannot be the id of a definition: it takes lower-case letters, digits, _ and -, and begins with a letter or digit`,
      hint(
        'new',
        '<template>',
        name
          .toLowerCase()
          .replace(/[^a-z0-9_-]+/g, '-')
          .replace(/^[-_]+/, '') || '<name>',
      ),
    );
  const path = `definitions/${name}.yaml`;
  if (existsSync(join(folder, path)))
    throw new CliFailure('usage.name', `${path} is there already; nothing was written`, 'give another name');
  const other = (await localDefinitions(folder)).find(({ id }) => id === name);
  if (other !== undefined)
    throw new CliFailure(
      'usage.name',
      `"${name}" is the id of ${other.path} already; nothing was written`,
      'give another name',
    );
}

type Content = {
  readonly files: readonly ProjectFile[];
  readonly needed: Pick<TemplatePermissions, 'agents' | 'skills'>;
};

async function contentOf(gallery: Gallery, { name }: Choice): Promise<Content> {
  if (name === hello.name) {
    const files = [
      { path: 'hello.yaml', text: helloText },
      { path: 'hello.test.yaml', text: helloTest },
    ];
    return { files, needed: { agents: [], skills: [] } };
  }
  const { files, permissions } = await gallery.find({ name });
  const isWritten = ({ path }: ProjectFile): boolean => isDefinitionName(path) || path.endsWith('.test.yaml');

  return { files: files.filter(isWritten), needed: permissions };
}

/** The files of the definition itself bear the new name; what it starts runs of stays as it is. */
function renamed({ path, text }: ProjectFile, before: string, name: string): ProjectFile {
  const ending = path.startsWith(`${before}.`) ? path.slice(before.length) : undefined;
  if (ending === undefined) return { path: `definitions/${path}`, text };
  const id = new RegExp(`^(\\s+id:\\s*)${before}(\\s*)$`, 'm');
  // A name such as 123 has to be quoted. Cases may name the file of their definition.
  const named = text.replace(id, `$1${dump(name).trim()}$2`).replaceAll(`${before}.yaml`, `${name}.yaml`);

  return { path: `definitions/${name}${ending}`, text: named };
}
