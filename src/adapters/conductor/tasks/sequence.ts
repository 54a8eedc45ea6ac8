import { formatDuration } from '../../../../machines/language/duration.ts';
import type { Scope } from '../context.ts';
import { numberAt } from '../source/json.ts';
import { type ConductorTask, withInner } from '../source/task.ts';
import { Untranslatable } from '../untranslatable.ts';
import { build, type Convert, type Converted, type ConvertList, type Given, placeOf } from './build.ts';
import { convertJq, convertScript } from './compute.ts';
import { convertNoop, convertSetVariable, convertTerminate } from './control.ts';
import { convertDecision } from './decision.ts';
import { convertDynamicFork } from './dynamic-fork.ts';
import { convertEvent } from './event.ts';
import { reportFields } from './fields.ts';
import { convertFork } from './fork.ts';
import { convertHttp } from './http.ts';
import { convertExclusiveJoin, convertJoin } from './join.ts';
import { convertLoop } from './loop.ts';
import { convertDynamic, convertOther, convertSimple, forAgent } from './simple.ts';
import { convertStartWorkflow, convertSubWorkflow } from './sub-workflow.ts';
import { convertHuman, convertWait } from './wait.ts';

const conversions: ReadonlyMap<string, Convert> = new Map([
  ['SIMPLE', convertSimple],
  ['DYNAMIC', convertDynamic],
  ['SWITCH', convertDecision],
  ['DECISION', convertDecision],
  ['FORK_JOIN', convertFork],
  ['FORK', convertFork],
  ['FORK_JOIN_DYNAMIC', convertDynamicFork],
  ['JOIN', convertJoin],
  ['EXCLUSIVE_JOIN', convertExclusiveJoin],
  ['DO_WHILE', convertLoop],
  ['WHILE', convertLoop],
  ['SUB_WORKFLOW', convertSubWorkflow],
  ['START_WORKFLOW', convertStartWorkflow],
  ['WAIT', convertWait],
  ['HUMAN', convertHuman],
  ['EVENT', convertEvent],
  ['HTTP', convertHttp],
  ['SET_VARIABLE', convertSetVariable],
  ['TERMINATE', convertTerminate],
  ['INLINE', convertScript],
  ['LAMBDA', convertScript],
  ['JSON_JQ_TRANSFORM', convertJq],
  ['NOOP', convertNoop],
]);

/** A list of Conductor is a sequence: each task waits for the ways out of the one before it. */
export const convertList: ConvertList = (tasks, scope, start) => {
  let [after, before] = [start.after, start.before];
  let previous: ConductorTask | undefined;
  const emitted: Converted['emitted'][number][] = [];
  for (const [index, task] of tasks.entries()) {
    const converted = convertTask({ task, scope, after, before, previous });
    emitted.push(...converted.emitted);
    after = converted.exits;
    before = converted.emitted.length === 1 ? converted.emitted[0]?.id : undefined;
    previous = task;
    if (converted.ends) {
      reportUnreachable(tasks.slice(index + 1), scope);
      return { emitted, exits: after, ends: true };
    }
  }

  return { emitted, exits: after, ends: false };
};

type Next = Pick<Given, 'task' | 'scope' | 'after' | 'before' | 'previous'>;

function convertTask(next: Next): Converted {
  const { task, scope } = next;
  const place = placeOf(task, scope);
  const id = scope.context.ids.get(task.ref) ?? task.ref;
  const given: Given = { ...next, id, place, convertList };
  reportFields(task, place);
  const delay = delayBefore(given);
  const late = delay === undefined ? given : { ...given, after: delay.exits, before: delay.exits[0] };
  const converted = attempted(conversions.get(task.type) ?? convertOther, late);
  scope.visible.add(task.ref);
  scope.reach.add(task.ref);
  if (task.raw['optional'] !== true) scope.certain.add(task.ref);

  return delay === undefined
    ? converted
    : { ...converted, emitted: [...delay.emitted, ...converted.emitted] };
}

/** Whatever of a task cannot be said, the task itself stays: an agent has to do it. */
function attempted(convert: Convert, given: Given): Converted {
  try {
    return convert(given);
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    const { task, place } = given;
    place.say.loss(task.type, `it cannot be translated: ${error.message}`, {
      became: `requires: [${task.type}]`,
    });
    return forAgent(given, task.type);
  }
}

/** `startDelay`: a wait of its own before the task. */
function delayBefore(given: Given): Converted | undefined {
  const delay = numberAt(given.task.raw, 'startDelay') ?? 0;
  if (delay <= 0) return undefined;
  const id = given.scope.context.claimId(`${given.id}_delay`);
  given.place.say.info('startDelay', 'the delay is a WAIT before the task', { became: id });
  const wait = build(given, 'WAIT', { id, fields: { duration: formatDuration(delay * 1000) } });

  return { emitted: [wait], exits: [id], ends: false };
}

function reportUnreachable(tasks: readonly ConductorTask[], scope: Scope): void {
  for (const task of tasks.flatMap(withInner)) {
    placeOf(task, scope).say.warning(
      task.type,
      'it can never be reached: every way to it ends the run before, so that it is left out',
    );
  }
}
