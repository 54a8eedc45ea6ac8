import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { formatProblems } from '../../machines/language/problem.ts';
import { definitionsFolder } from '../files/local-definitions.ts';
import { shippedPath } from '../files/package-path.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import { createGallery } from '../gallery/project-gallery.ts';
import { makeTemplate, templateContent } from '../gallery/template-content.ts';
import type { Template } from '../gallery/template-format.ts';
import { isSigned, keyIdOf } from '../keys/public-key-file.ts';
import { once } from '../lib/once.ts';
import { messageOf } from '../lib/text.ts';
import { executableText } from '../operations/definitions/resolve-definition.ts';
import { DefinitionRefused } from '../ports/definitions/definition-refused.ts';
import { CasesInvalid, type DefinitionTests } from '../ports/definitions/definition-tests.ts';
import { type Gallery, GalleryRefused, type TemplateFile } from '../ports/definitions/gallery.ts';
import type { DefinitionFile } from '../ports/definitions/project-definitions.ts';
import { createProjectDefinitions } from '../project/project-definitions.ts';
import { createDefinitionTests } from './definition-tests.ts';
import { localWorld } from './local-world.ts';
import { systemClock } from './system-clock.ts';

const testMsMax = 120_000;

/** The folder of programs that play the agents of the templates that ship. */
const demoAgents = 'examples/demo/project/agents';

/** Plays the definitions of a project that was made for it. Other than in a test of the gallery, in another thread. */
export type TestsIn = (projectDir: string) => Pick<DefinitionTests, 'test'>;

/** The galleries of a project. `cwd`: what folders are relative to. */
export function galleryOf(
  {
    projectDir,
    cwd = projectDir,
    repositoryBytesMax,
  }: { readonly projectDir: string; readonly cwd?: string; readonly repositoryBytesMax?: number },
  testsIn: TestsIn = (dir) => createDefinitionTests(systemClock, dir),
): Gallery {
  return createGallery({
    ...{ projectDir, cwd, isSigned, keyIdOf, repositoryBytesMax },
    definitionFiles: createProjectDefinitions({ projectDir }),
    shipped: once(() => shippedTemplates(projectDir)),
    tryOut: (template) => tryOut(template, testsIn),
  });
}

/** The templates that come with the program: its definitions that have cases. */
async function shippedTemplates(projectDir: string): Promise<readonly Template[]> {
  const all = await createProjectDefinitions({ projectDir }).list();
  const known = all.filter(({ source }) => source === 'library');
  const library = shippedPath(definitionsFolder);
  const pathOf = ({ file }: DefinitionFile): string => join(library, file.replace(/^library\//, ''));

  return Promise.all(
    known
      .filter(({ cases = 0 }) => cases > 0)
      .map(async (main) => makeTemplate({ main, known, pathOf, agents: await demoAgentsOf(main) })),
  );
}

/** The programs that play the agents that a definition names, as far as there are any. */
async function demoAgentsOf({ text }: DefinitionFile): Promise<readonly TemplateFile[]> {
  const names = [...new Set([...text.matchAll(/^\s*agent: ([a-z]\w*)\s*$/gm)].map(([, name = '']) => name))];
  const found = await Promise.all(
    names.map(async (name) => {
      const path = shippedPath(`${demoAgents}/${name}.mjs`);
      const program = await readFile(path, 'utf8').catch(() => undefined);
      return program === undefined ? [] : [{ path: `agents/${basename(path)}`, text: program }];
    }),
  );

  return found.flat();
}

/**
 * Checks the definitions of a template and plays their cases, in a project of its own that is gone afterwards.
 * Nothing of it is carried out: commands, requests and agents are played. Rejects with GalleryRefused.
 */
async function tryOut(template: Template, testsIn: TestsIn): Promise<void> {
  const { name, version, files } = template;
  const folder = await mkdtemp(join(tmpdir(), '3ox-template-'));
  try {
    for (const { path, text } of files)
      await writeAtomically({ projectDir: folder, path: `${definitionsFolder}/${path}`, text });
    const { actions = {} } = await localWorld(folder);
    for (const { path, text } of templateContent(template).loaded) {
      const file = `${definitionsFolder}/${path}`;
      const loaded = checked(
        () => executableText({ file, text }, { world: { actions } }),
        `${name}@${version}`,
      );
      const played = await testsIn(folder)
        .test({ file, text: loaded.text, limitMs: testMsMax })
        .catch((error: unknown) => {
          throw testsInvalid(`${name}@${version}`, error);
        });
      if (!played.ok) throw testsFailed(`${name}@${version}`, played);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function checked<T>(check: () => T, shown: string): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof DefinitionRefused)) throw error;
    const found = error.text ?? formatProblems(error.problems ?? []);
    throw new GalleryRefused('gallery.check-failed', `${shown} has errors: ${error.message}\n${found}`, {
      cause: error,
    });
  }
}

function testsInvalid(shown: string, error: unknown): GalleryRefused {
  const found = error instanceof CasesInvalid ? `\n${formatProblems(error.problems)}` : '';

  return new GalleryRefused('gallery.tests-failed', `${shown}: ${messageOf(error)}${found}`, {
    cause: error,
  });
}

function testsFailed(shown: string, { cases, scenarios }: Awaited<ReturnType<DefinitionTests['test']>>) {
  const failed = [
    ...cases.filter(({ ok }) => !ok).map((each) => `${each.name}: ${each.problems.join('; ')}`),
    ...scenarios.filter(({ ok }) => !ok).map((each) => `${each.name}: ${each.message ?? ''}`),
  ];

  return new GalleryRefused(
    'gallery.tests-failed',
    `${failed.length} tests of ${shown} fail:\n${failed.join('\n')}`,
  );
}
