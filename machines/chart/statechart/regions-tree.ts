import type { StateValue } from 'xstate';
import type { TaskPlace } from '../plan.ts';
import type { RunState } from '../run/run-state.ts';
import type { ConfigObject } from './implementations.ts';

/** The regions of a machine as they stand inside of each other: a task, or a FORK with those of its branches. */
type Tree = { readonly id: string } | { readonly children: Readonly<Record<string, Tree>> };

/** How the regions of a machine are laid out: those of the work, and those that only undo it. */
export type RegionsTree = { readonly tasks: Tree; readonly compensation?: Tree };

type Places = readonly (readonly [string, TaskPlace])[];

/** The regions of the run, or of a pass through the body of `owner`. */
export function regionsTree(plan: ReadonlyMap<string, TaskPlace>, owner: string | undefined): RegionsTree {
  const places = [...plan].filter(([, place]) => place.owner === owner);
  const isAside = ([, { undoes, aside }]: Places[number]) => undoes || aside === true;
  const undoing = places.filter(isAside);

  return {
    tasks: treeOf(places.filter((each) => !isAside(each))),
    ...(undoing.length === 0 ? {} : { compensation: treeOf(undoing) }),
  };
}

/** The configuration of the regions; `region` makes that of one task. */
export function regionsConfig(tree: RegionsTree, region: (id: string) => ConfigObject): ConfigObject {
  const configOf = (each: Tree): ConfigObject =>
    'id' in each
      ? region(each.id)
      : {
          type: 'parallel',
          states: Object.fromEntries(
            Object.entries(each.children).map(([key, child]) => [key, configOf(child)]),
          ),
        };
  const { tasks, compensation } = tree;

  return {
    tasks: { ...configOf(tasks), onDone: { actions: [{ type: 'tell all settled' }] } },
    ...(compensation === undefined ? {} : { compensation: configOf(compensation) }),
  };
}

/** The configuration that tasks in these states are in, as XState writes it down. */
export function regionsValue(
  tree: RegionsTree,
  tasks: RunState['tasks'],
): Readonly<Record<string, StateValue>> {
  const stateOf = (each: Tree): StateValue => {
    if ('id' in each) return tasks[each.id]?.state ?? '';
    return Object.fromEntries(Object.entries(each.children).map(([key, child]) => [key, stateOf(child)]));
  };
  const { tasks: work, compensation } = tree;

  return {
    tasks: stateOf(work),
    ...(compensation === undefined ? {} : { compensation: stateOf(compensation) }),
  };
}

/** Tasks stand beside each other in the order of the definition; a FORK whose branches are listed holds them. */
function treeOf(places: Places): Tree {
  const ids = new Set(places.map(([id]) => id));
  const outermost = places.filter(([, { branch }]) => branch === undefined || !ids.has(branch.of));
  const byId = new Map(places);
  const nodeOf = (id: string): Tree => {
    const branches = byId.get(id)?.branches;
    if (branches === undefined) return { id };
    const held = branches.map((branch, index): [string, Tree] => [
      `branch ${index + 1}`,
      groupOf(branch.filter((each) => ids.has(each))),
    ]);
    return {
      children: Object.fromEntries([['fork', { id }], ...held.filter(([, group]) => !isEmpty(group))]),
    };
  };
  const groupOf = (group: readonly string[]): Tree => ({
    children: Object.fromEntries(group.map((id) => [id, nodeOf(id)])),
  });

  return groupOf(outermost.map(([id]) => id));
}

function isEmpty(tree: Tree): boolean {
  return 'children' in tree && Object.keys(tree.children).length === 0;
}
