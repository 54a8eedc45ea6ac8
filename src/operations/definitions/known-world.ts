import type { KnownAgent, KnownContract, KnownWorld } from '../../../machines/language/world/world.ts';
import type { DefinitionFile } from '../../ports/definitions/project-definitions.ts';
import type { Agent } from '../../ports/work/agent-admin.ts';
import type { OperationPorts } from '../use-case.ts';
import { knownDefinitionsOf } from './known-definitions.ts';

type Ports = Pick<OperationPorts, 'workflows' | 'definitionFiles' | 'agents' | 'world'>;

/** All that there is around a definition, by files, by what is registered, and by the workers that are there. */
export async function knownWorld(ports: Ports): Promise<KnownWorld> {
  const [local, known] = await Promise.all([ports.world(), knownDefinitionsOf(ports).all({ library: true })]);
  const { agents } = local;
  const definitions = [...known.values()].flatMap(({ versions }) =>
    versions.map(({ id, version, loaded }) => contractOf({ id, version }, loaded)),
  );

  return {
    ...local,
    definitions,
    ...(agents === undefined ? {} : { agents: withWorkers(agents, ports.agents.agents()) }),
  };
}

/** What a file says of the definition in it. One that cannot be read has its name all the same. */
export function contractOfFile({ named, loaded }: DefinitionFile): readonly KnownContract[] {
  const { id, version } = loaded?.ref ?? named ?? {};

  return id === undefined ? [] : [contractOf({ id, version: version ?? 1 }, loaded)];
}

function contractOf(
  ref: Pick<KnownContract, 'id' | 'version'>,
  loaded: DefinitionFile['loaded'],
): KnownContract {
  return loaded === undefined ? ref : { ...ref, definition: loaded.definition };
}

/** Whoever works is there, declared or not. */
function withWorkers(declared: readonly KnownAgent[], all: readonly Agent[]): readonly KnownAgent[] {
  const names = new Set(declared.map(({ name }) => name));
  const more = all.filter(({ name, workers }) => workers.length > 0 && !names.has(name));

  return [...declared, ...more.map(({ name, level, skills }) => ({ name, level, skills }))];
}
