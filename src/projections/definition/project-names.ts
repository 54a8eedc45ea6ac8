import type { KnownWorld } from '../../../machines/language/world/world.ts';
import type { ProjectNames } from '../../api/vocabulary.ts';

/** The names that the definitions of a project may use; those of tasks come from each text. */
export function projectNames({
  actions = {},
  agents = [],
  principals = [],
  shells = [],
  definitions = [],
  models = [],
}: KnownWorld): ProjectNames {
  const named = new Map(definitions.map(({ id, definition }) => [id, definition?.name ?? '']));
  const skills = new Map<string, string[]>();
  for (const { name, skills: offered = [] } of agents)
    for (const skill of offered) skills.set(skill, [...(skills.get(skill) ?? []), name]);

  return {
    actions: Object.entries(actions).map(([name, { outputs }]) => ({
      name,
      about: outputs === undefined ? '' : `gives ${Object.keys(outputs).join(', ')}`,
    })),
    agents: agents.map(({ name, skills: offered = [] }) => ({ name, about: offered.join(', ') })),
    skills: [...skills].map(([name, by]) => ({ name, about: by.join(', ') })),
    definitions: [...named].map(([name, about]) => ({ name, about })),
    shells: shells.map((name) => ({ name, about: '' })),
    models: models.map(({ name, about = '' }) => ({ name, about })),
    people: principals.map(({ name, level }) => ({ name, about: level })),
  };
}
