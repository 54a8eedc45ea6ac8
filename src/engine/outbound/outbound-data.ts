import type { z } from 'zod';
import type { OutboundType, outboundEvents } from '../../../events/outbound-events.ts';
import { RunForked, TriggerRef } from '../../../events/run-events.ts';
import { localId } from '../../../machines/chart/address.ts';
import { taskAt } from '../../../machines/chart/task-at.ts';
import { dueTime } from '../../../machines/due-time.ts';
import { defined } from '../../../machines/language/defined.ts';
import { renderInput } from '../../../machines/run/render.ts';
import type { Run } from '../../../machines/run/run.ts';
import { settles, type Telling } from './outbound-messages.ts';
import { ofRun, small, type ToldRecord, textsAmong, textsOf, unlessElsewhere } from './outbound-record.ts';

/** The data of an outbound event. */
export type OutboundData = z.output<(typeof outboundEvents)[OutboundType]>;

/** The data of the event that a record is told as. */
export function outboundData({ type, task = '' }: Telling, told: ToldRecord): OutboundData {
  switch (type) {
    case 'workflow.run.started':
      return { ...ofRun(told), ...originOf(told) };
    case 'workflow.run.paused':
      return { ...ofRun(told), ...textsAmong(told, ['reason', 'task']) };
    case 'workflow.run.resumed':
      return { ...ofRun(told), ...textsAmong(told, ['reason']) };
    case 'workflow.run.continued':
      return { ...ofRun(told), ...textsAmong(told, ['reason', 'from']) };
    case 'workflow.run.completed':
      return ofEnd(told);
    case 'workflow.run.failed':
    case 'workflow.run.timed_out':
      return { ...ofEnd(told), ...failureOf(told) };
    case 'workflow.run.terminated':
      return { ...ofEnd(told), ...defined({ reason: told.run?.state.reason }) };
    case 'approval.requested':
      return { ...ofApproval(task, told), ...requestOf(task, told) };
    case 'approval.granted':
    case 'approval.denied':
      return { ...ofApproval(task, told), ...answerOf(task, told) };
    case 'approval.expired':
      return { ...ofApproval(task, told), ...policyOf(task, told) };
    case 'approval.escalated':
      return ofApproval(task, told);
    case 'approval.delegated':
      return { ...ofApproval(task, told), ...textsOf(told, ['by', 'to']), ...textsAmong(told, ['reason']) };
    case 'approval.refused':
      return { ...ofApproval(task, told), ...textsOf(told, ['by', 'decision', 'code', 'message']) };
  }
}

function originOf({ record }: ToldRecord) {
  const { fact } = record.data;
  const triggeredBy = TriggerRef.safeParse(fact['trigger']);
  if (triggeredBy.success) return { triggeredBy: triggeredBy.data };
  const from = RunForked.schema.shape.from.safeParse(fact['from']);

  return from.success ? { forkedFrom: { run: from.data.run, at: from.data.at } } : {};
}

function ofEnd(told: ToldRecord) {
  const { record, run } = told;
  const endedAt = record.data.head.endedAt ?? record.time;

  return { ...ofRun(told), endedAt, ...outputOf(run) };
}

/** Where the run cannot be had, nobody knows whether it has one. */
function outputOf(run: Run | undefined) {
  const { output } = run?.state ?? {};
  if (run !== undefined && (output === undefined || output === null)) return {};
  const value = output === undefined ? undefined : small(output);

  return value === undefined ? ({ outputOmitted: true } as const) : { output: value };
}

function failureOf({ record, run }: ToldRecord) {
  const code = record.data.head.error;
  const { error, failedTask: task } = run?.state ?? {};

  return defined({
    error: code === undefined ? undefined : { code, ...defined({ message: error?.message }) },
    task,
  });
}

/** What every event about an approval says. */
function ofApproval(task: string, told: ToldRecord) {
  return { ...ofRun(told), task, ...defined({ name: taskOf(task, told)?.name }) };
}

/** What a task asks, of whom, and until when. */
function requestOf(task: string, told: ToldRecord) {
  const { record, run } = told;
  const human = humanTask(task, told);
  const { approvers, timeoutMs, form } = human ?? {};
  const since = (run && taskAt(run.state, task)?.scheduledAt) ?? record.time;

  return {
    names: [...(approvers?.names ?? [])],
    quorum: human?.quorum ?? 1,
    onTimeout: human?.onTimeout ?? 'fail',
    ...defined({
      level: approvers?.level,
      dueAt: timeoutMs === undefined ? undefined : dueTime(since, timeoutMs),
      form,
    }),
    ...inputOf(task, run),
  };
}

/** Secrets are not at hand here: an input that has one in it cannot be rendered, and is left out. */
function inputOf(task: string, run: Run | undefined) {
  const rendered = run && unlessElsewhere(() => renderInput(run, task));
  const input = rendered?.ok === true ? small(rendered.value) : undefined;

  return input === undefined ? ({ inputOmitted: true } as const) : { input };
}

/** What one person answered. */
function answerOf(task: string, told: ToldRecord) {
  const { data } = told.record.data.fact;
  const filledIn = data === undefined ? undefined : small(data);

  return {
    ...textsOf(told, ['by']),
    ...textsAmong(told, ['comment']),
    ...defined({ data: filledIn }),
    ...(data !== undefined && filledIn === undefined ? { formDataOmitted: true as const } : {}),
    settled: settles(told.transitions, task),
  };
}

/** What happens when nobody answers in time. */
function policyOf(task: string, told: ToldRecord) {
  return defined({ onTimeout: humanTask(task, told)?.onTimeout });
}

function humanTask(task: string, told: ToldRecord) {
  const found = taskOf(task, told);

  return found?.type === 'HUMAN' ? found : undefined;
}

function taskOf(task: string, { chart, run }: ToldRecord) {
  return (run?.chart ?? chart)?.plan.get(localId(task))?.task;
}
