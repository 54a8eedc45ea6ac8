import { bodyTasks } from '../../chart/plan.ts';
import type { ForkTask, Task } from '../../task.ts';
import type { Finding } from '../finding.ts';
import type { Outline, TaskSite } from '../outline.ts';

/** What the first of several does to the others: it is clear only where there are others that can be given up. */
export function checkChoices({ sites }: Outline): readonly Finding[] {
  return sites.flatMap((site): readonly Finding[] => {
    const { task } = site;
    if (task.cancelRest !== true) return [];
    const needed = task.join === 'any' ? 1 : task.join;
    if (typeof needed !== 'number' || task.dependsOn.length <= needed) {
      const message = '"cancel_rest" needs join: any, or a count below the number of its dependencies';
      return [refused(site, message)];
    }
    const fault = lossesOf(task, sites).flatMap((loss) => undoingFault(task, loss, sites) ?? [])[0];
    // Once such a definition was accepted, and runs of it may be under way.
    return fault === undefined ? [] : [{ ...refused(site, fault), sinceAccepted: true }];
  });
}

function refused({ path }: TaskSite, message: string): Finding {
  return { code: 'definition.bad-combination', message, path: [...path, 'cancel_rest'] };
}

/** What a choice may give up: a branch, or a task by itself, with those of its ends that it names. */
type Loss = { readonly ends: readonly string[]; readonly tasks: readonly Task[] };

function lossesOf(choice: Task, sites: readonly TaskSite[]): readonly Loss[] {
  const forks = sites.flatMap(({ task }): readonly ForkTask[] => (task.type === 'FORK' ? [task] : []));
  const branches = forks
    .map((fork) => fork.branches ?? [])
    .filter((each) => !each.flat().some(({ id }) => id === choice.id))
    .flat();
  const inBranches = branches.flatMap((tasks): readonly Loss[] => {
    const ends = tasks.flatMap(({ id }) => (choice.dependsOn.includes(id) ? [id] : []));
    return ends.length === 0 ? [] : [{ ends, tasks: tasks.flatMap(besides) }];
  });
  const ended = inBranches.flatMap(({ ends }) => ends);
  const alone = sites.filter(({ task: { id } }) => choice.dependsOn.includes(id) && !ended.includes(id));

  return [...inBranches, ...alone.map(({ task }) => ({ ends: [task.id], tasks: besides(task) }))];
}

/** Why what was done by the time of the choice cannot be undone with it. */
function undoingFault(choice: Task, { ends, tasks }: Loss, sites: readonly TaskSite[]): string | undefined {
  const inBody = tasks.flatMap((owner) =>
    inside(bodyTasks(owner) ?? []).flatMap((task) =>
      task.compensate === undefined ? [] : [{ owner, task }],
    ),
  )[0];
  if (inBody !== undefined) {
    const { owner, task } = inBody;
    return `what "${task.id}" did in the body of "${owner.id}" would stay when that is given up for another; make the body a workflow of its own, and give the task that starts it a "compensate"`;
  }
  const [undone] = tasks.filter(({ id, compensate }) => compensate !== undefined && !ends.includes(id));
  if (undone === undefined) return undefined;
  const fork = tasks.find(({ compensate }) => isFork(sites, compensate));
  if (fork !== undefined) {
    return `a FORK of branches ("${fork.compensate ?? ''}") cannot undo what "${fork.id}" did when its branch is given up; make it a workflow of its own`;
  }
  const owner = sites.find(({ task }) => inside(bodyTasks(task) ?? []).some(({ id }) => id === choice.id));
  if (owner !== undefined) {
    return `what "${undone.id}" did could stay when the pass ends, as this choice is in the body of "${owner.task.id}"; make the body a workflow of its own`;
  }

  return ends.length > 1
    ? `${ends.map((id) => `"${id}"`).join(' and ')} are in one branch, and "${undone.id}" is undone when that loses: name the end that it wins by`
    : undefined;
}

/** The task, and those of its branches. */
function besides(task: Task): readonly Task[] {
  return [task, ...(task.type === 'FORK' ? (task.branches ?? []).flat().flatMap(besides) : [])];
}

function inside(tasks: readonly Task[]): readonly Task[] {
  return tasks.flatMap(besides).flatMap((task) => [task, ...inside(bodyTasks(task) ?? [])]);
}

function isFork(sites: readonly TaskSite[], id: string | undefined): boolean {
  return sites.some(({ task }) => task.id === id && task.type === 'FORK' && task.branches !== undefined);
}
