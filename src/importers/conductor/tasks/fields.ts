import type { SourcePlace } from '../context.ts';
import { isUnset, shown } from '../source/json.ts';
import type { ConductorTask } from '../source/task.ts';

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
