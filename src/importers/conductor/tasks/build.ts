import type { Json } from '../../../../events/canonical-json.ts';
import type { ExpressionScope, SourcePlace } from '../context.ts';
import { speaker } from '../report.ts';
import { isUnset, shown } from '../source/parse-json.ts';
import type { ConductorTask } from '../source/task.ts';
import { type Emitted, present } from '../write-yaml.ts';

const everywhere = [
  'name',
  'taskReferenceName',
  'type',
  'workflowTaskType',
  'description',
  'inputParameters',
];

const carried = ['optional', 'startDelay', 'taskDefinition', 'retryCount'];

const decision = [
  'decisionCases',
  'defaultCase',
  'evaluatorType',
  'expression',
  'caseValueParam',
  'caseExpression',
];

const loop = ['loopCondition', 'loopOver', 'evaluatorType', 'items', 'keepLastN'];

const script = ['evaluatorType', 'expression', 'scriptExpression'];

/** The fields that the conversion of a type has read. */
const read: Readonly<Record<string, readonly string[]>> = {
  SWITCH: decision,
  DECISION: decision,
  FORK_JOIN: ['forkTasks'],
  FORK: ['forkTasks'],
  FORK_JOIN_DYNAMIC: ['dynamicForkTasksParam', 'dynamicForkTasksInputParamName', 'dynamicForkJoinTasksParam'],
  JOIN: ['joinOn'],
  EXCLUSIVE_JOIN: ['joinOn', 'defaultExclusiveJoinTask'],
  DO_WHILE: loop,
  WHILE: loop,
  SUB_WORKFLOW: ['subWorkflowParam'],
  EVENT: ['sink'],
  DYNAMIC: ['dynamicTaskNameParam'],
  INLINE: script,
  LAMBDA: script,
};

const reasons: Readonly<Record<string, readonly ['info' | 'warning' | 'loss', string]>> = {
  callbackFromWorker: ['info', 'a field that Conductor itself does not read any more'],
  joinOn: ['info', 'only a JOIN waits for tasks'],
  asyncComplete: ['loss', 'the task completes by itself here; it does not wait to be completed from outside'],
  rateLimited: ['loss', 'tasks have no rate limit'],
  cacheConfig: ['loss', 'results of tasks are not cached'],
  cacheKey: ['loss', 'results of tasks are not cached'],
  cacheTTL: ['loss', 'results of tasks are not cached'],
  onStateChange: [
    'loss',
    'a task does not publish events of its own; the journal has every change of its state',
  ],
  permissive: ['loss', 'a failure in a branch stops the run at once, not only when the branches are joined'],
  scriptExpression: ['warning', 'this type of task runs no script'],
  expression: ['loss', 'this type of task evaluates no expression'],
  evaluatorType: ['warning', 'this type of task evaluates no expression'],
  joinStatus: ['loss', 'a JOIN waits until its tasks are settled, not for one status'],
};

/** What one or several tasks of Conductor became. */
export type Converted = {
  readonly emitted: readonly Emitted[];
  /** What the next task has to wait for. */
  readonly exits: readonly string[];
  /** Whether every way through ends the run. */
  readonly ends: boolean;
};

/** A task on its way, with all that its conversion needs. */
export type Given = {
  readonly task: ConductorTask;
  readonly id: string;
  readonly place: SourcePlace;
  readonly scope: ExpressionScope;
  /** What it waits for. */
  readonly after: readonly string[];
  /** The task right before it in its list of ours. */
  readonly before: string | undefined;
  /** The task right before it in Conductor. */
  readonly previous: ConductorTask | undefined;
  readonly convertList: ConvertList;
};

export type ConvertList = (
  tasks: readonly ConductorTask[],
  scope: ExpressionScope,
  start: { readonly after: readonly string[]; readonly before: string | undefined },
) => Converted;

export type Convert = (given: Given) => Converted;

export function placeOf(task: ConductorTask, scope: ExpressionScope): SourcePlace {
  return {
    scope,
    task,
    pointer: task.pointer,
    say: speaker(scope.context.report, { task, pointer: task.pointer }),
  };
}

type Parts = {
  readonly fields?: Readonly<Record<string, Json | undefined>>;
  readonly nested?: Emitted['nested'];
  readonly comments?: readonly string[];
  readonly id?: string;
};

/** A task of ours in the place of one of Conductor. */
export function build(
  given: Given,
  type: string,
  { fields = {}, nested, comments = [], id }: Parts,
): Emitted {
  const { task, scope } = given;
  const own = id ?? given.id;
  const isRenamed = own === given.id && given.id !== task.ref;

  return {
    id: own,
    fields: present({
      name: isRenamed ? task.ref : undefined,
      description:
        typeof task.raw['description'] === 'string' && id === undefined ? task.raw['description'] : undefined,
      type: type === 'SIMPLE' ? undefined : type,
      depends_on: dependsOn(given, scope.list),
      ...fields,
    }),
    ...(nested === undefined ? {} : { nested }),
    comments,
  };
}

/** In a branch each task waits for the one before it without saying so. */
function dependsOn({ after, before }: Given, list: ExpressionScope['list']): Json | undefined {
  const [only] = after;
  if (only === undefined || (list === 'branch' && after.length === 1 && only === before)) return undefined;

  return after.length === 1 ? only : [...new Set(after)];
}

/** One task of ours for one of Conductor. */
export function single(emitted: Emitted): Converted {
  return { emitted: [emitted], exits: [emitted.id], ends: false };
}

/** Nothing is dropped in silence: every field that holds something was read, or is named with the reason. */
export function reportFields(task: ConductorTask, { say }: SourcePlace): void {
  const known = new Set([...everywhere, ...carried, ...(read[task.type] ?? [])]);
  for (const [key, value] of Object.entries(task.raw)) {
    if (known.has(key) || isUnset(value)) continue;
    const [severity, reason] = reasons[key] ?? [
      'warning',
      `a field that a ${task.type} task does not have in Conductor, or that is not known here: ${shown(value)}`,
    ];
    say[severity](key, reason);
  }
}

/** Types that the engine carries out at once, so that an optional failure or a retry says nothing. */
export function reportUnusedPolicies(task: ConductorTask, { say }: SourcePlace): void {
  if (task.raw['optional'] === true) say.info('optional', `a ${task.type} task does not fail by itself`);
}
