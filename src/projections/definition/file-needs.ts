import type { Definition } from '../../../machines/definition.ts';
import type { Task } from '../../../machines/task.ts';
import { logAndDropsOf, tasksIn, written } from './template-permissions.ts';

/** What a definition reads and writes in the folder that it is carried out in. */
export type FileNeeds = {
  /** In words, each with the task. */
  readonly needs: readonly string[];
  /** Policies whose paths are written down: their texts can be brought along. */
  readonly policies: readonly string[];
};

/** `isFile` tells of a word of a command whether it is the path of a file of the project. */
export function fileNeeds(definition: Definition, isFile: (word: string) => boolean): FileNeeds {
  const tasks = [...tasksIn(definition.tasks), ...tasksIn(definition.failureWorkflow)];
  const needs = [
    ...tasks.flatMap((task) => needsOf(task, isFile).map((what) => `${task.id}: ${what}`)),
    ...logAndDropsOf(definition),
  ];

  return { needs: [...new Set(needs)], policies: [...new Set(tasks.flatMap(policyOf))] };
}

const ofFiles = /^(files|folders|report|receipt)\./;

function needsOf(task: Task, isFile: (word: string) => boolean): readonly string[] {
  const { input, outputTo, performer } = task;
  const action = performer.kind === 'uses' ? performer.action : '';
  const isComputedPolicy = action === 'policy.load' && policyOf(task).length === 0;

  return [
    ...(ofFiles.test(action) ? [`uses ${action}`] : []),
    ...(isComputedPolicy ? [`loads a policy whose path is computed, ${written(input ?? null)}`] : []),
    ...(outputTo === undefined ? [] : [`writes ${outputTo}`]),
    ...commandNeeds(task, isFile),
  ];
}

function policyOf({ input, performer }: Task): readonly string[] {
  if (performer.kind !== 'uses' || performer.action !== 'policy.load') return [];
  const path = typeof input === 'object' && input !== null && 'policy' in input ? input['policy'] : undefined;

  return typeof path === 'string' && !path.includes('${') ? [path] : [];
}

function commandNeeds({ type, performer }: Task, isFile: (word: string) => boolean): readonly string[] {
  if (type !== 'SIMPLE' || performer.kind !== 'run') return [];
  const { command, cwd } = performer.run;
  const words = command.flatMap((word) => written(word).split(/[\s;|&<>()"'=]+/));
  const files = words.filter((word) => word !== '' && isFile(word));

  return [
    ...(cwd === undefined ? [] : [`runs a command in ${written(cwd)}`]),
    ...files.map((file) => `runs a command with ${file}`),
  ];
}
