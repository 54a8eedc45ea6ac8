// What stands in a template: what its definitions may do is read in their texts, and cannot be said by hand.
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Definition } from '../../machines/definition.ts';
import { parseDefinitionName } from '../../machines/definition.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { formatProblems } from '../../machines/language/problem.ts';
import { loadCases } from '../../machines/prover/cases/load-cases.ts';
import { isAbsent } from '../files/file-failure.ts';
import { isDefinitionName, looksLikeDefinition } from '../files/local-definitions.ts';
import { GalleryRefused, type TemplateDetails, type TemplateFile } from '../ports/definitions/gallery.ts';
import type { DefinitionFile } from '../ports/definitions/project-definitions.ts';
import { templatePermissions } from '../projections/definition/template-permissions.ts';
import { refuseBadPaths, type Template } from './template-format.ts';

/** What is told of a template besides its place. */
export type TemplateContent = Pick<
  TemplateDetails,
  'title' | 'description' | 'permissions' | 'docs' | 'definitions' | 'tests'
> & { readonly loaded: readonly (TemplateFile & { readonly id: string; readonly hash: string })[] };

/** Reads a template. Throws GalleryRefused where it does not hold what it should. */
export function templateContent({ name, version, files }: Template): TemplateContent {
  const shown = `${name}@${version}`;
  const found = files
    .filter(isDefinition)
    .map((file) => ({ ...file, definition: definitionOf(file, shown) }));
  const main = found.find(({ path }) => path === `${name}.yaml`);
  if (main?.definition.ref.id !== name || main.definition.ref.version !== version) {
    throw new GalleryRefused(
      'gallery.bad-template',
      `${shown}: ${name}.yaml is not version ${version} of a definition with the id ${name}`,
    );
  }
  const loaded = [main, ...found.filter((each) => each !== main)];
  const definitions = loaded.map((each) => each.definition.definition);

  return {
    title: main.definition.definition.name ?? name,
    description: main.definition.definition.description ?? '',
    permissions: templatePermissions(definitions),
    docs: files.find(({ path }) => path === 'README.md')?.text ?? '',
    definitions: definitions.map(({ id }) => id),
    tests: files
      .filter(({ path }) => /\.test\.ya?ml$/i.test(path))
      .reduce((sum, each) => sum + casesIn(each), 0),
    loaded: loaded.map(({ path, text, definition: { ref } }) => ({ path, text, id: ref.id, hash: ref.hash })),
  };
}

/** What definitions among files may do, as far as they are valid: files of a project may be anything. */
export function permissionsIn(files: readonly TemplateFile[]): TemplateContent['permissions'] {
  return templatePermissions(
    files.filter(isDefinition).flatMap(({ path, text }) => {
      const result = loadDefinition({ file: path, content: text });
      return result.ok ? [result.loaded.definition] : [];
    }),
  );
}

function isDefinition({ path, text }: TemplateFile): boolean {
  return isDefinitionName(path) && looksLikeDefinition(text);
}

function definitionOf({ path, text }: TemplateFile, shown: string) {
  const result = loadDefinition({ file: path, content: text });
  if (result.ok) return result.loaded;

  throw new GalleryRefused(
    'gallery.bad-template',
    `${shown} holds a definition that is not valid:\n${formatProblems(result.problems)}`,
  );
}

function casesIn({ path, text }: TemplateFile): number {
  const cases = loadCases({ file: path, content: text });

  return cases.ok ? cases.cases.length : 0;
}

type Source = {
  /** The definition that the template is called after. */
  readonly main: DefinitionFile;
  /** Those that it may start: what it starts of them goes along. */
  readonly known: readonly DefinitionFile[];
  /** The path of the file of a definition. */
  readonly pathOf: (file: DefinitionFile) => string;
  /** A page in Markdown; one is made of the definition where there is none. */
  readonly docs?: string | undefined;
  /** Programs that play agents, by the names of their files. */
  readonly agents: readonly TemplateFile[];
};

/** Makes a template of a definition, with its cases and those that it starts. Rejects with GalleryRefused. */
export async function makeTemplate({ main, known, pathOf, docs, agents }: Source): Promise<Template> {
  const files: TemplateFile[] = [];
  const taken = new Set<string>();
  const pending = [main];
  for (let file = pending.shift(); file !== undefined; file = pending.shift()) {
    const { loaded } = file;
    if (loaded === undefined) throw invalid(file);
    const { id } = loaded.ref;
    if (taken.has(id)) continue;
    taken.add(id);
    // The text holds its schemas: nothing beside it is needed any more.
    files.push({ path: `${id}.yaml`, text: loaded.text }, ...(await casesBeside(pathOf(file), id)));
    const called = templatePermissions([loaded.definition]).workflows.map(
      (name) => parseDefinitionName(name).id,
    );
    pending.push(...known.filter((each) => each.loaded !== undefined && called.includes(each.loaded.ref.id)));
  }
  if (main.loaded === undefined) throw invalid(main);
  const { ref, definition } = main.loaded;
  const template = {
    name: ref.id,
    version: ref.version,
    files: [...files, { path: 'README.md', text: docs ?? pageOf(definition) }, ...agents],
  };
  refuseBadPaths(template, `${ref.id}@${ref.version}`);
  if (templateContent(template).tests === 0) {
    throw new GalleryRefused(
      'gallery.no-tests',
      `${main.file} has no cases: a template is installed when its tests pass`,
      {
        fix: `write ${basename(main.file).replace(/\.\w+$/, '')}.test.yaml beside it (docs/testing.md)`,
      },
    );
  }

  return template;
}

function invalid({ file, problems }: DefinitionFile): GalleryRefused {
  return new GalleryRefused(
    'gallery.bad-template',
    `${file} is no valid definition:\n${formatProblems(problems)}`,
  );
}

async function casesBeside(path: string, id: string): Promise<readonly TemplateFile[]> {
  const stem = basename(path).replace(/\.\w+$/, '');
  try {
    const text = await readFile(join(dirname(path), `${stem}.test.yaml`), 'utf8');

    return [{ path: `${id}.test.yaml`, text }];
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** The page of a template that brought none. */
function pageOf({ id, name, description = '', input }: Definition): string {
  const rows = Object.entries(input).map(
    ([each, { type = 'any', required, default: initial, description: what = '' }]) =>
      `| \`${each}\` | ${type} | ${required ? 'has to be given' : `\`${JSON.stringify(initial ?? null)}\``} | ${what} |`,
  );
  const inputs =
    rows.length === 0
      ? ['It takes no input.']
      : ['| input | type | default | |', '|---|---|---|---|', ...rows];

  return [`# ${name ?? id}`, '', description.trim(), '', ...inputs, ''].join('\n');
}
