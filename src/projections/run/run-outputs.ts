import type { Json } from '../../../events/canonical-json.ts';
import { isCompleted } from '../../../machines/chart/task-status.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { isFilePath } from '../task/task-note.ts';
import { tasksInOrder } from '../task/task-order.ts';

/** One thing a run has brought forth. Files are what a person looks for first. */
export type RunOutput = { readonly name: string; readonly value: Json; readonly isFile: boolean };

/** The outputs of a run, files first. Where the definition names no output, the files its tasks have written. */
export function outputsOf(view: RunView): readonly RunOutput[] {
  const { output } = view.state;
  const named = isObject(output) ? Object.entries(output) : [];
  const given = named.filter(([, value]) => value !== null).map(([name, value]) => toOutput(name, value));
  const files = given.some(({ isFile }) => isFile) ? [] : filesOfTasks(view);

  return [...given.filter(({ isFile }) => isFile), ...files, ...given.filter(({ isFile }) => !isFile)];
}

/** Receipts above all: what a task calls its file or its receipt. */
function filesOfTasks(view: RunView): readonly RunOutput[] {
  return tasksInOrder(view).flatMap(({ state }) => {
    if (!isCompleted(state) || !isObject(state.output)) return [];

    return Object.entries(state.output)
      .filter(([name, value]) => name.includes('receipt') && typeof value === 'string' && isFilePath(value))
      .map(([name, value]) => toOutput(name, value));
  });
}

function toOutput(name: string, value: Json): RunOutput {
  return { name, value, isFile: typeof value === 'string' && isFilePath(value) };
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
