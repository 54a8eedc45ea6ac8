// The project that random definitions are checked in: two people who are agents as well, and two definitions.
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import type { KnownContract, KnownWorld } from '../../../../machines/language/world/world.ts';

const people = ['ANA', 'BEN'];
const children = ['child', 'other'];

function childCalled(id: string): KnownContract {
  const content = `workflow:
  id: ${id}
  version: 1
  input: {properties: {amount: {type: number}}, required: [amount]}
  output: [n, s]
  tasks: [{id: work, assigned_to: ANA, output: [n, s]}]
`;
  const result = loadDefinition({ file: `${id}.yaml`, content });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));

  return { id, version: 1, definition: result.loaded.definition };
}

export const world: KnownWorld = {
  actions: { noop: { input: { type: 'object', properties: {} }, outputs: {}, errors: [] } },
  agents: people.map((name) => ({ name, level: 'L0' as const })),
  principals: people.map((name) => ({ name, level: 'L0' as const })),
  definitions: children.map(childCalled),
  secrets: [],
};

/** Whether somebody, or something, goes by each of the names that expressions gave. */
export function isKnownName(names: Readonly<Record<string, unknown>>): boolean {
  const { agent, workflow, approvers } = names as {
    readonly agent?: string;
    readonly workflow?: string;
    readonly approvers?: { readonly names?: readonly string[] };
  };

  return (
    (agent === undefined || people.includes(agent)) &&
    (workflow === undefined || children.includes(workflow)) &&
    (approvers?.names ?? []).every((name) => people.includes(name))
  );
}
