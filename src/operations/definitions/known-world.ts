import { contractOf, type KnownAgent, type KnownWorld } from '../../../machines/language/world/world.ts';
import type { Agent } from '../../ports/work/agent-admin.ts';
import type { OperationPorts } from '../use-case.ts';
import { knownDefinitionsOf } from './known-definitions.ts';

type Ports = Pick<OperationPorts, 'workflows' | 'definitionFiles' | 'agents' | 'world'>;

/** All that there is around a definition, by files, by what is registered, and by the workers that are there. */
export async function knownWorld(ports: Ports): Promise<KnownWorld> {
  const [local, known] = await Promise.all([ports.world(), knownDefinitionsOf(ports).all({ library: true })]);
  const { agents } = local;
  const definitions = [...known.values()].flatMap(({ versions }) =>
    versions.map((version) => contractOf(version, version.loaded)),
  );

  return {
    ...local,
    definitions,
    ...(agents === undefined ? {} : { agents: withWorkers(agents, ports.agents.agents()) }),
  };
}

/** Whoever works is there, declared or not. */
function withWorkers(declared: readonly KnownAgent[], all: readonly Agent[]): readonly KnownAgent[] {
  const names = new Set(declared.map(({ name }) => name));
  const more = all.filter(({ name, workers }) => workers.length > 0 && !names.has(name));

  return [...declared, ...more.map(({ name, level, skills }) => ({ name, level, skills }))];
}
