import { statSync } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { isAbsent } from '../files/file-failure.ts';
import { isBundleFolder } from '../files/local-definitions.ts';
import { PathRefused, pathSegments } from '../files/path-segments.ts';
import { resolveInProject } from '../files/project-path.ts';
import { BundleRefused } from '../ports/definitions/bundle-store.ts';
import type { BundledText, ProjectBundle } from '../ports/definitions/project-bundle.ts';
import { enterpriseFileName, serveFileName } from '../ports/serve-file.ts';
import { agentsFileName } from '../ports/work/agent-admin.ts';
import { modelsFileName } from '../ports/work/models.ts';
import { readEnterprise } from './enterprise-file.ts';
import { readAgents } from './read-agents.ts';
import { readServed } from './serve-file.ts';

const textBytesMax = 1024 * 1024;
/** A shorter value stands in many a text by chance. */
const secretLengthMin = 6;
const settingsFiles = [agentsFileName, modelsFileName, serveFileName, enterpriseFileName] as const;

/** What of a project belongs to a folder that is served from files of its own. */
export const ownFiles = [...settingsFiles, 'definitions', '.3ox.workflows', '.3ox.index'] as const;

export function createProjectBundle({
  projectDir,
  secrets,
}: {
  readonly projectDir: string;
  readonly secrets: () => Readonly<Record<string, string>>;
}): ProjectBundle {
  return {
    settings: async () => {
      if (isBundleFolder(projectDir)) throw servedFromBundle();
      await readServed(projectDir);
      await readEnterprise(projectDir);
      await declaredAgents(projectDir);
      const texts = await Promise.all(settingsFiles.map((name) => textOf(projectDir, name)));

      return texts.filter((each) => each !== undefined);
    },
    text: (path) => textOf(projectDir, path),
    isFile: (word) => isFile(projectDir, word),
    agentsOfFiles: async () => {
      const agents = (await declaredAgents(projectDir))?.agents ?? [];

      return agents.flatMap(({ name, transport }) => (transport.kind === 'files' ? [name] : []));
    },
    secretsIn: (text) =>
      Object.entries(secrets()).flatMap(([name, value]) =>
        value.length >= secretLengthMin && text.includes(value) ? [name] : [],
      ),
  };
}

function servedFromBundle(): BundleRefused {
  return new BundleRefused(
    'bundle.no-project',
    'this folder is served from a bundle: there is no project here to make one of',
    'publish from the folder of the project',
  );
}

async function declaredAgents(projectDir: string) {
  const path = join(projectDir, agentsFileName);
  const isThere = await stat(path).then(
    () => true,
    (error: unknown) => {
      if (isAbsent(error)) return false;
      throw error;
    },
  );

  return isThere ? readAgents(path) : undefined;
}

/** What stands in `.3ox/` is of the engine, and what a link leads out to is not of the project. */
async function textOf(projectDir: string, path: string): Promise<BundledText | undefined> {
  try {
    const segments = pathSegments(path);
    const found = await realpath(await resolveInProject(projectDir, path));
    const [folder = ''] = relative(await realpath(projectDir), found).split(sep);
    if ([folder, segments[0]].some((each) => each?.toLowerCase() === '.3ox')) return undefined;
    const { size } = await stat(found);
    if (size > textBytesMax)
      throw new BundleRefused('bundle.too-large', `${path} has ${size} bytes, more than ${textBytesMax}`);

    return {
      path: segments.join('/'),
      text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(found)),
    };
  } catch (error) {
    if (isAbsent(error) || error instanceof PathRefused) return undefined;
    if (error instanceof TypeError) throw new BundleRefused('bundle.no-text', `${path} is no text in UTF-8`);
    throw error;
  }
}

function isFile(projectDir: string, word: string): boolean {
  if (isAbsolute(word) || word.includes('\0')) return false;

  return statSync(join(projectDir, word), { throwIfNoEntry: false })?.isFile() ?? false;
}
