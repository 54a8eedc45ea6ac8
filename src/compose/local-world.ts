import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { contractOfFile, type KnownWorld } from '../../machines/language/world/world.ts';
import { createActions } from '../actions/registry.ts';
import { declaredPath } from '../files/local-definitions.ts';
import { createProjectSecrets } from '../keys/project-secrets.ts';
import { SecretFileRefused } from '../ports/access/secret-errors.ts';
import { AgentsInvalid, agentsFileName } from '../ports/work/agent-admin.ts';
import { createProjectDefinitions } from '../project/project-definitions.ts';
import { readAgents } from '../project/read-agents.ts';
import { readModels } from '../project/read-models.ts';

const shells = ['sh', 'bash', 'pwsh'];

/** What this machine and the files of a project say of the world of its definitions, read anew. */
export async function localWorld(projectDir: string): Promise<KnownWorld> {
  const actions = Object.fromEntries([...createActions()].map(([name, action]) => [name, action.known()]));

  return {
    actions,
    shells: shells.filter(isOnPath),
    ...secretsOf(projectDir),
    ...(await whoThereIs(projectDir)),
    ...(await modelsOf(projectDir)),
  };
}

/** The world of the definitions of a project, those of its files among it, read anew. */
export async function projectWorld(projectDir: string): Promise<KnownWorld> {
  const known = await createProjectDefinitions({ projectDir }).list();

  return { ...(await localWorld(projectDir)), definitions: known.flatMap(contractOfFile) };
}

/** Where agents.yaml declares none, any agent may come. One that cannot be used is told of by its own check. */
async function whoThereIs(projectDir: string): Promise<Pick<KnownWorld, 'agents' | 'principals' | 'skills'>> {
  const path = declaredPath(projectDir, agentsFileName);
  if (!existsSync(path)) return {};
  try {
    const { agents, principals, skills } = await readAgents(path);
    return {
      ...(agents.length === 0 ? {} : { agents }),
      ...(principals.length === 0 ? {} : { principals }),
      ...(skills.length === 0
        ? {}
        : { skills: Object.fromEntries(skills.map(({ name, written }) => [name, written])) }),
    };
  } catch (error) {
    if (error instanceof AgentsInvalid) return {};
    throw error;
  }
}

/** A file that cannot be used is told of by its own check. */
async function modelsOf(projectDir: string): Promise<Pick<KnownWorld, 'models'>> {
  const declared = await readModels(projectDir).catch(() => undefined);
  if (declared === undefined) return {};

  return {
    models: declared.models.map(({ alias, name, price }) => ({
      name: alias,
      isPriced: price !== undefined,
      about: name,
    })),
  };
}

/** Who may not read the file does not know what is set. */
function secretsOf(projectDir: string): Pick<KnownWorld, 'secrets'> {
  try {
    return { secrets: Object.keys(createProjectSecrets(projectDir, process.env).values()) };
  } catch (error) {
    if (error instanceof SecretFileRefused) return {};
    throw error;
  }
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);

    return true;
  } catch {
    return false;
  }
}
