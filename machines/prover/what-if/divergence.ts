import type { Json } from '../../../events/canonical-json.ts';
import type { Fact } from '../../../events/catalogue.ts';
import type { Transition } from '../../../events/record.ts';
import { isMapping } from '../../language/mapping.ts';
import type { Command } from '../../run/decide/command.ts';
import { decide } from '../../run/decide/decide.ts';
import { redact } from '../../run/record/redact.ts';
import { renderInput } from '../../run/render.ts';
import type { Run } from '../../run/run.ts';
import type { HumanTask, Task } from '../../task.ts';
import { type Both, taskOfBoth } from './chart-pair.ts';
import { firstDifference, isAlike, shown } from './differences.ts';

type DataOf<Type extends Fact['type']> = Extract<Fact, { type: Type }>['data'];

/** Why a fact may not have come of what the other definition asks for, though it fits its way, in words. */
export function otherwise(both: Both, { type, data }: Fact): string | undefined {
  switch (type) {
    case 'task.completed':
      return otherOutput(both, { task: data.task, isMade: data.worker !== undefined });
    case 'task.failed':
      // That somebody failed says nothing of how a result is shaped.
      return otherOutput(both, { task: data.task, isMade: ofShaping.test(data.error.code) });
    case 'child.started':
      return otherRun(both, data.task);
    case 'failure-workflow.started':
      return otherFailureWorkflow(both);
    case 'approval.granted':
    case 'approval.denied':
    case 'approval.change-requested':
    case 'approval.delegated':
      return otherLevels(both, data);
    case 'approval.refused':
      return countsNow(both, data) ?? otherLevels(both, data);
    default:
      return undefined;
  }
}

const ofShaping = /^(output|expression)\./;

/** The same for what begins with an event. */
export function beginsOtherwise(both: Both, transitions: readonly Transition[]): string | undefined {
  for (const { task, to } of transitions) {
    const how = task !== undefined && to === 'scheduled' ? otherWork(both, task) : undefined;
    if (how !== undefined) return how;
  }

  return undefined;
}

function otherFailureWorkflow({ was, now }: Both): string | undefined {
  const [before, after] = [was, now].map(({ chart }) => chart.definition.failureWorkflow);
  if (isAlike(before, after)) return undefined;
  const [then, is] = [before?.id ?? 'none', after?.id ?? 'none'];

  return then === is
    ? `the failure workflow ${is} has other tasks`
    : `the failure workflow ${is} is started instead of ${then}`;
}

/** The level of people is not recorded: who had it may lack another one. */
function otherLevels(both: Both, { task: address, by }: { readonly task: string; readonly by: string }) {
  const [before, after] = taskOfBoth(both, address) ?? [];
  if (before?.type !== 'HUMAN' || after?.type !== 'HUMAN') return undefined;

  return isAlike(levelsOf(before), levelsOf(after))
    ? undefined
    : `${address} asks people of another level; whether it asks ${by} was not recorded`;
}

function levelsOf({ approvers, escalateTo, escalate = [] }: HumanTask): readonly (string | null)[] {
  return [approvers, escalateTo, ...escalate.map(({ to }) => to)].map((group) => group?.level ?? null);
}

/** What somebody was refused is asked anew: the other definition may ask them. */
function countsNow({ was, now }: Both, answer: DataOf<'approval.refused'>): string | undefined {
  const command = answered(answer);
  if (isAsked(was, command) || !isAsked(now, command)) return undefined;

  return `${answer.task}: the answer of ${answer.by} (${answer.decision}), which was refused, counts`;
}

function answered({ task, by, decision }: DataOf<'approval.refused'>): Command {
  if (decision === 'change') return { kind: 'requestChange', task, by, comment: 'a change' };
  if (decision === 'delegate') return { kind: 'delegateApproval', task, by, to: 'somebody' };

  return { kind: decision, task, by };
}

/** What was filled in, or who was to answer instead, was not recorded: they were not refused for that. */
function isAsked(run: Run, command: Command): boolean {
  const decision = decide(run, command);

  return decision.ok || ['input.form', 'approval.bad-delegate'].includes(decision.refusal.code);
}

/** What a task that begins would do otherwise than was done, in words: then what came of it stands for nothing. */
function otherWork(both: Both, address: string): string | undefined {
  const [before, after] = taskOfBoth(both, address) ?? [];
  if (before === undefined || after === undefined) return undefined;

  return otherHands(address, before, after) ?? (isAttempted(after) ? otherInput(both, address) : undefined);
}

/** Why a recorded outcome is not the one that would have come of the same result, in words. */
function otherOutput(
  both: Both,
  { task: address, isMade }: { readonly task: string; readonly isMade: boolean },
): string | undefined {
  const [before, after] = taskOfBoth(both, address) ?? [];
  if (before === undefined || after === undefined || !isMade) return undefined;
  if (before.outputTo !== after.outputTo) return `the output of ${address} is written to another place`;
  if (!isAttempted(after) || isAlike(before.output, after.output)) return undefined;

  return before.output?.kind === 'map' || after.output?.kind === 'map'
    ? `the output of ${address} is made another way; its result was not recorded as it came`
    : `${address} has to give ${namesOf(after)} instead of ${namesOf(before)}`;
}

/** What a run that carries a task out was started for and would not be, beside the values of what it is given. */
function otherRun(both: Both, address: string): string | undefined {
  const [before, after] = taskOfBoth(both, address) ?? [];
  if (before?.type !== 'SUB_WORKFLOW' || after?.type !== 'SUB_WORKFLOW') return undefined;
  if (before.workflow.includes('@') && !after.workflow.includes('@'))
    return `${address} starts a run of the latest ${after.workflow} instead of ${before.workflow}`;
  const [was, now] = [both.was, both.now].map((run) => renderInput(run, address));
  if (was?.ok !== true || now?.ok !== true || !isMapping(was.value)) return undefined;
  const given = now.value;
  const lost = Object.keys(was.value).find((name) => !isMapping(given) || !Object.hasOwn(given, name));

  return lost === undefined ? undefined : `${address} starts its run without ${lost}`;
}

function otherHands(address: string, before: Task, after: Task): string | undefined {
  const [was, is] = [workOf(before), workOf(after)];
  if (isAlike(was, is)) return undefined;
  const [then, now] = [workWords(before), workWords(after)];
  if (then !== now) return `${address} is carried out by ${now} instead of ${then}`;
  const { path } = firstDifference(was as Json, is as Json) ?? { path: [] };

  return `${address} is carried out another way: its ${path.join('.')} differs`;
}

/** The parts of a task that say what is done outside of the run. */
function workOf(task: Task): Readonly<Record<string, unknown>> {
  const { type } = task;
  switch (type) {
    case 'SIMPLE':
      return { type, performer: task.performer, agentLevel: task.agentLevel };
    case 'HTTP':
      return { type, request: task.request, expectStatus: task.expectStatus };
    case 'EVENT':
      return { type, event: task.event };
    case 'SUB_WORKFLOW':
      return { type, wait: task.wait, onParentClose: task.onParentClose };
    default:
      return { type };
  }
}

/** What an attempt is given counts as it is rendered: a template may be written in another way. */
function otherInput(both: Both, address: string): string | undefined {
  const [before, after] = taskOfBoth(both, address) ?? [];
  if (isAlike(before?.input ?? {}, after?.input ?? {})) return undefined;
  const [was, now] = [renderInput(both.was, address), renderInput(both.now, address)];
  if (!was.ok || !now.ok) return `${address} is given another input, and what it is cannot be told`;
  if (isAlike(was.value, now.value)) return undefined;
  const [then, is] = [was.value, now.value].map((value) => redact(value, both.now.aside.hidden));
  const { path, before: had, after: has } = firstDifference(then, is) ?? { path: [] };
  if (path.length === 0) return `${address} is given another input`;

  return `${address} is given ${path.join('.')} ${shown(has)} instead of ${shown(had)}`;
}

function isAttempted({ type }: Task): boolean {
  return type === 'SIMPLE' || type === 'HTTP' || type === 'EVENT';
}

function namesOf({ output, returns }: Task): string {
  if (returns !== undefined) return JSON.stringify(returns);

  return output?.kind === 'names' ? output.names.join(', ') : 'anything';
}

/** Who or what carries a task out, in words. */
function workWords(task: Task): string {
  switch (task.type) {
    case 'SIMPLE':
      return performerWords(task.performer);
    case 'HTTP':
      return `the request ${task.request.method} ${shown(task.request.url)}`;
    case 'EVENT':
      return `the event ${task.event.type}`;
    case 'SUB_WORKFLOW':
      return `a run of ${task.workflow}`;
    default:
      return `a ${task.type} task`;
  }
}

function performerWords(performer: Extract<Task, { type: 'SIMPLE' }>['performer']): string {
  switch (performer.kind) {
    case 'run':
      return `the command ${shown(performer.run.command)}`;
    case 'model':
      return `the model ${performer.model.alias}`;
    case 'uses':
      return `the action ${performer.action}`;
    case 'agent':
      return `the agent ${performer.agent}`;
    case 'skills':
      return `an agent with the skills ${performer.skills.join(', ')}`;
  }
}
