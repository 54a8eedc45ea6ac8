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
    const [fault] = lostBefore(task, sites).flatMap((branch) => undoingFault(branch, sites) ?? []);
    return fault === undefined ? [] : [refused(site, fault)];
  });
}

function refused({ path }: TaskSite, message: string): Finding {
  return { code: 'definition.bad-combination', message, path: [...path, 'cancel_rest'] };
}

/** What may have been done in each branch that the choice gives up: the tasks before its end. */
function lostBefore(choice: Task, sites: readonly TaskSite[]): readonly (readonly Task[])[] {
  const forks = sites.flatMap(({ task }): readonly ForkTask[] => (task.type === 'FORK' ? [task] : []));

  return forks
    .map(({ branches = [] }) => branches)
    .filter((branches) => !branches.flat().some(({ id }) => id === choice.id))
    .flat()
    .flatMap((branch) => {
      const end = branch.findIndex(({ id }) => choice.dependsOn.includes(id));
      return end < 0 ? [] : [branch.slice(0, end)];
    });
}

/** Why what was done in the branch cannot be undone before the end of the run. */
function undoingFault(branch: readonly Task[], sites: readonly TaskSite[]): string | undefined {
  const done = branch.flatMap(besides);
  const inBody = done.flatMap((owner) =>
    inside(bodyTasks(owner) ?? []).flatMap((task) =>
      task.compensate === undefined ? [] : [{ owner, task }],
    ),
  )[0];
  if (inBody !== undefined) {
    const { owner, task } = inBody;
    return `what "${task.id}" did in the body of "${owner.id}" would stay when its branch is given up; make the body a workflow of its own, and give the task that starts it a "compensate"`;
  }
  const undone = done.filter(({ compensate }) => compensate !== undefined);
  const fork = undone.find(({ compensate }) => isFork(sites, compensate));
  if (fork === undefined) return undefined;

  return `a FORK of branches ("${fork.compensate ?? ''}") cannot undo what "${fork.id}" did when its branch is given up; make it a workflow of its own`;
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
