import type { Fact } from '../../events/catalogue.ts';
import type { Transition } from '../../events/record.ts';
import type { Command } from '../run/command.ts';
import { decide } from '../run/decide.ts';
import type { Run } from '../run/run.ts';
import type { HumanTask } from '../task.ts';
import { type Both, taskOfBoth } from './both.ts';
import { isAlike } from './differences.ts';
import { otherOutput, otherRun, otherWork } from './other-work.ts';

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

function levelsOf({ approvers, escalateTo }: HumanTask): readonly (string | null)[] {
  return [approvers?.level ?? null, escalateTo?.level ?? null];
}

/** What somebody was refused is asked anew: the other definition may ask them. */
function countsNow({ was, now }: Both, answer: DataOf<'approval.refused'>): string | undefined {
  const command = answered(answer);
  if (isAsked(was, command) || !isAsked(now, command)) return undefined;

  return `${answer.task}: the answer of ${answer.by} (${answer.decision}), which was refused, counts`;
}

function answered({ task, by, decision }: DataOf<'approval.refused'>): Command {
  if (decision === 'delegate') return { kind: 'delegateApproval', task, by, to: 'somebody' };

  return { kind: decision, task, by };
}

/** What was filled in, or who was to answer instead, was not recorded: they were not refused for that. */
function isAsked(run: Run, command: Command): boolean {
  const decision = decide(run, command);

  return decision.ok || ['input.form', 'approval.bad-delegate'].includes(decision.refusal.code);
}
