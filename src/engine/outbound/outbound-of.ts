import type { z } from 'zod';
import type { Json } from '../../../events/canonical-json.ts';
import type { FactMembers } from '../../../events/catalogue.ts';
import type { CloudEvent } from '../../../events/cloud-event.ts';
import type { OutboundType, outboundEvents } from '../../../events/outbound-events.ts';
import type { Transition } from '../../../events/record.ts';
import { localId, taskAt } from '../../../machines/chart/task-at.ts';
import { dueTime } from '../../../machines/due-time.ts';
import { defined } from '../../../machines/language/defined.ts';
import { evolve, UnexplainedEvent } from '../../../machines/run/record/evolve.ts';
import { eventOf, JournalDamaged } from '../../../machines/run/record/fold.ts';
import { isSigned } from '../../../machines/run/record/record-text.ts';
import { renderInput } from '../../../machines/run/render.ts';
import { newRun, type Run } from '../../../machines/run/run.ts';
import { knownMs } from '../../../machines/task.ts';
import { withNames } from '../../../machines/task-names.ts';
import type { Stored } from '../../ports/runs/journal.ts';
import { RunNotFound } from '../../ports/runs/workflows.ts';
import { chartForRecord, DefinitionMissing } from '../run-reader/charts.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import { settles, type Telling, tellingsOf } from './outbound-messages.ts';
import { ofRun, small, type ToldRecord, unlessElsewhere } from './outbound-record.ts';

/** Where is looked for what a record does not say itself. */
export type OutboundSources = { readonly reader: Pick<RunReader, 'charts' | 'fold'> };

/** `trouble` says what is wrong where something cannot be told, or only part of it. */
export type Outbound = { readonly events: readonly CloudEvent[]; readonly trouble?: unknown };

type StoredRecord = Extract<Stored, { kind: 'record' }>;

/** Whether a message of the journal has to be looked at: most tell other programs nothing. */
export function mayBeTold(stored: Stored): boolean {
  if (stored.kind === 'foreign') return true;
  const { omitted, transitions } = stored.record.data;

  return omitted !== undefined || tellingsOf(stored.record, transitions).length > 0;
}

/** The events that a message of the journal is told as, in order. Rejects where the journal cannot be read now. */
export async function outboundOf(sources: OutboundSources, stored: Stored): Promise<Outbound> {
  const { value, trouble } = await lasting(made(sources, stored));

  return value ?? { events: [], trouble };
}

/** What is left of an event that is too large for the broker: what is small. */
export function leanEvent(event: CloudEvent): CloudEvent {
  const members = Object.entries(event.data as Readonly<Record<string, Json>>);
  const small = members.filter(([, value]) => JSON.stringify(value).length <= leanCharactersMax);

  return { ...event, data: { ...Object.fromEntries(small), dataOmitted: true } };
}

const leanCharactersMax = 1_000;

async function made(sources: OutboundSources, stored: Stored): Promise<Outbound> {
  if (stored.kind === 'foreign') return { events: [], trouble: damaged(stored, stored.code, stored.reason) };
  const { record, body } = stored;
  if (!isSigned(body, record.hash))
    return { events: [], trouble: damaged(stored, 'journal.altered', 'its hash does not fit its content') };

  const { transitions: listed, omitted } = record.data;
  const all = omitted === undefined ? { value: listed } : await lasting(allTransitions(sources, stored));
  const transitions = all.value ?? listed;
  const tellings = tellingsOf(record, transitions);
  const { run, chart, trouble = all.trouble } = await known(sources, stored, tellings);
  const told = { record, transitions, run, chart };

  return {
    events: tellings.map((telling) => eventOfTelling(telling, told)),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

function eventOfTelling(telling: Telling, told: ToldRecord): CloudEvent {
  const { record } = told;
  const { type, task } = telling;
  const data = outboundData(telling, told);

  return {
    specversion: '1.0',
    id: `${record.id}/${type}${task === undefined ? '' : `/${task}`}`,
    source: `/3ox/${record.data.head.definition.id}`,
    type,
    subject: data.run,
    time: record.time,
    datacontenttype: 'application/json',
    hops: (record.data.head.hops ?? 0) + 1,
    // The schemas allow members that are undefined; there are none.
    data: data as unknown as Json,
  };
}

const foldedFor: ReadonlySet<Telling['type']> = new Set<Telling['type']>([
  'approval.requested',
  'approval.escalated',
  'approval.reminded',
  'workflow.run.completed',
  'workflow.run.failed',
  'workflow.run.timed_out',
  'workflow.run.terminated',
]);

/** The run is read and folded only for what cannot be known without. */
async function known(
  sources: OutboundSources,
  { run: id, record }: StoredRecord,
  tellings: readonly Telling[],
): Promise<Pick<ToldRecord, 'run' | 'chart'> & { readonly trouble?: unknown }> {
  if (tellings.some(({ type }) => foldedFor.has(type))) {
    const loaded = await lasting(runAt(sources, id, record.sequence));
    return { run: loaded.value, trouble: loaded.trouble };
  }
  if (tellings.every(({ task }) => task === undefined)) return {};
  const { value: chart, trouble } = await lasting(
    sources.reader.charts.byHash(record.data.head.definition.hash),
  );

  return { chart, trouble };
}

/** One event may cause more transitions than its record lists: folding it again gives them all. */
async function allTransitions(
  sources: OutboundSources,
  stored: StoredRecord,
): Promise<readonly Transition[]> {
  const { run: id, record } = stored;
  const until = record.sequence - 1;
  const before =
    until === 0
      ? newRun(await sources.reader.charts.byHash(record.data.head.definition.hash))
      : await runAt(sources, id, until);

  return evolve(await chartForRecord(before, stored, sources.reader.charts), eventOf(record)).transitions;
}

async function runAt({ reader }: OutboundSources, id: string, until: number): Promise<Run> {
  return (await reader.fold(id, { until, once: true, heard: true })).run;
}

/** What it comes to, or why it never will. Rejects with what may pass. */
async function lasting<T>(work: Promise<T>): Promise<{ readonly value?: T; readonly trouble?: unknown }> {
  try {
    return { value: await work };
  } catch (error) {
    if (!isLasting(error)) throw error;

    return { trouble: error };
  }
}

function isLasting(error: unknown): boolean {
  return [JournalDamaged, DefinitionMissing, RunNotFound, UnexplainedEvent, RangeError, TypeError].some(
    (kind) => error instanceof kind,
  );
}

function damaged({ run, position }: Stored, code: string, reason: string): JournalDamaged {
  const message = `the message at position ${position} of run ${run} is not told to other programs: ${reason}`;

  return new JournalDamaged(code, 0, message);
}

/** The data of an outbound event. */
type OutboundData = z.output<(typeof outboundEvents)[OutboundType]>;

/** The data of the event that a record is told as. */
function outboundData({ type, task = '' }: Telling, told: ToldRecord): OutboundData {
  switch (type) {
    case 'workflow.run.started':
      return { ...ofRun(told), ...originOf(told) };
    case 'workflow.run.paused':
    case 'workflow.run.resumed':
    case 'workflow.run.continued':
      return { ...ofRun(told), ...causeOf(told, type) };
    case 'workflow.run.completed':
      return ofEnd(told);
    case 'workflow.run.failed':
    case 'workflow.run.timed_out':
      return { ...ofEnd(told), ...failureOf(told) };
    case 'workflow.run.terminated':
      return { ...ofEnd(told), ...stopOf(told) };
    case 'approval.requested':
      return { ...ofApproval(task, told), ...requestOf(task, told) };
    case 'approval.granted':
    case 'approval.denied':
    case 'approval.change-requested':
    case 'approval.delegated':
    case 'approval.refused':
      return { ...ofApproval(task, told), ...answerOf(task, told) };
    case 'approval.expired':
      return { ...ofApproval(task, told), ...policyOf(task, told) };
    case 'approval.escalated':
      return { ...ofApproval(task, told), ...escalationOf(task, told) };
    case 'approval.reminded':
      return { ...ofApproval(task, told), ...requestOf(task, told), ...reminderOf(task, told) };
  }
}

/** A person gives a reason, and a TERMINATE is named with what it says. */
function stopOf(told: ToldRecord) {
  const { reason, failedTask } = told.run?.state ?? {};

  return { ...defined({ reason }), ...(failedTask === undefined ? {} : failureOf(told)) };
}

function originOf({ record }: ToldRecord) {
  if (record.type === 'run.started') return defined({ triggeredBy: record.data.fact.trigger });
  if (record.type !== 'run.forked') return {};
  const { run, at } = record.data.fact.from;

  return { forkedFrom: { run, at } };
}

/** Why a run goes on or not; and where, where it does by itself: from which task, or by which one it was paused. */
function causeOf({ record }: ToldRecord, type: Telling['type']) {
  const { reason, task }: FactMembers = record.data.fact;
  const from = record.type === 'run.rerun' ? record.data.fact.from : undefined;

  return defined({ reason, from, task: type === 'workflow.run.paused' ? task : undefined });
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
  const state = run && taskAt(run.state, task);
  const written = humanTask(task, told);
  const human = written && withNames(written, state?.names);
  const { approvers, form } = human ?? {};
  const timeoutMs = knownMs(human?.timeoutMs);
  const since = state?.scheduledAt ?? record.time;

  return {
    names: [...(approvers?.names ?? [])],
    quorum: human?.quorum ?? 1,
    onTimeout: human?.onTimeout ?? 'fail',
    ...defined({
      subject: state?.names?.show === undefined ? undefined : { ...state.names.show },
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

/** What one person answered, or tried to. */
function answerOf(task: string, { record, transitions }: ToldRecord) {
  switch (record.type) {
    case 'approval.granted':
    case 'approval.denied': {
      const { by, inPlaceOf, comment, data } = record.data.fact;
      const filledIn = data === undefined ? undefined : small(data);
      const formDataOmitted = data !== undefined && filledIn === undefined ? (true as const) : undefined;

      return {
        by,
        ...defined({ inPlaceOf, comment, data: filledIn, formDataOmitted }),
        settled: settles(transitions, task),
      };
    }
    case 'approval.change-requested': {
      const { by, inPlaceOf, comment, round, from } = record.data.fact;

      return { by, ...defined({ inPlaceOf }), comment, round, from };
    }
    case 'approval.delegated': {
      const { by, to, reason } = record.data.fact;

      return { by, to, ...defined({ reason }) };
    }
    case 'approval.refused': {
      const { by, decision, code, message } = record.data.fact;

      return { by, decision, code, message };
    }
    default:
      throw new TypeError(`${record.type} is not the answer of a person`);
  }
}

/** What happens when nobody answers in time. */
function policyOf(task: string, told: ToldRecord) {
  return defined({ onTimeout: humanTask(task, told)?.onTimeout });
}

/** Whom the last stage asks as well, or the time-out that is one. */
function escalationOf(task: string, told: ToldRecord) {
  const state = told.run && taskAt(told.run.state, task);
  const written = humanTask(task, told);
  const human = written && withNames(written, state?.names);
  const stage = state?.escalation?.stage;
  const to = stage === undefined ? human?.escalateTo : human?.escalate?.[stage - 1]?.to;

  return defined({ stage, level: to?.level, escalatedTo: to === undefined ? undefined : [...to.names] });
}

function reminderOf(task: string, { run }: ToldRecord) {
  return { reminder: (run && taskAt(run.state, task)?.reminders?.count) ?? 1 };
}

function humanTask(task: string, told: ToldRecord) {
  const found = taskOf(task, told);

  return found?.type === 'HUMAN' ? found : undefined;
}

function taskOf(task: string, { chart, run }: ToldRecord) {
  return (run?.chart ?? chart)?.plan.get(localId(task))?.task;
}
