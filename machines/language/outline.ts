import type { Definition } from '../definition.ts';
import type { Task } from '../task.ts';
import type { Mapping } from './mapping.ts';
import type { TaskText } from './schema/task-types.ts';
import type { createTextReader } from './text/read-text.ts';
import type { Path } from './text/yaml-node.ts';

/** A list of tasks that can name each other: those of the workflow, a branch, the body for an item or of a loop. */
export type TaskList = {
  readonly kind: 'workflow' | 'branch' | 'items' | 'loop' | 'steps';
  readonly path: Path;
  /** The id of the task that holds the list. */
  readonly container?: string;
  /** What expressions in the body call the item. */
  readonly itemName?: string;
};

/** A task as it was written, parsed by the schema of its type. */
export type ParsedTask = {
  readonly text: TaskText;
  readonly raw: Mapping;
  readonly path: Path;
  readonly list: TaskList;
  readonly nested: readonly ParsedList[];
};

export type ParsedList = TaskList & {
  readonly tasks: readonly ParsedTask[];
  /** Ids of tasks that could not be read: references to them are no problem of their own. */
  readonly unread: readonly string[];
};

/** A task in canonical form, together with where and how it was written. */
export type TaskSite = {
  readonly task: Task;
  readonly raw: Mapping;
  readonly path: Path;
  readonly list: TaskList;
};

/** Who may start a task besides its dependencies, and for a decision in which of its cases. */
export type OutlineRouter = {
  readonly id: string;
  readonly kind: 'decision' | 'fallback' | 'catch' | 'compensate';
  readonly cases: ReadonlySet<string>;
};

/** What the tasks of a definition have to do with each other. Only tasks of one list can. */
export type TaskGraph = {
  readonly sites: ReadonlyMap<string, TaskSite>;
  readonly dependencies: (id: string) => readonly string[];
  readonly routers: (id: string) => readonly OutlineRouter[];
  /** Every task after those it waits for. Walked in this order, recursion over the graph stays shallow. */
  readonly order: readonly string[];
  /** Whether the first task may have run before the second one starts. */
  readonly precedes: (first: string, second: string) => boolean;
  /** Whether a condition, a decision or a failure decides if the task runs: its own, or one before or around it. */
  readonly isConditional: (id: string) => boolean;
};

/** Everything the checks look at. */
export type Outline = {
  readonly definition: Definition;
  readonly sites: readonly TaskSite[];
  /** The ids of all tasks, those that could not be read included. */
  readonly ids: ReadonlySet<string>;
  readonly workflow: Mapping;
  readonly graph: TaskGraph;
  readonly readText: ReturnType<typeof createTextReader>;
};
