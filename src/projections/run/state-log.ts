import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { TaskState } from '../../../machines/chart/run/run-state.ts';
import { statusOf } from '../../../machines/chart/task-status.ts';
import { closingBrace } from '../../../machines/expressions/scan.ts';
import { formatDuration } from '../../../machines/language/duration.ts';
import { bareExpression } from '../../../machines/language/references/expression-sites.ts';
import { siriusTime } from '../../../machines/sirius-time.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { shownTasks, type TaskAt } from '../task/task-order.ts';
import { triggerText } from '../trigger-document.ts';
import { passCounts } from './passes.ts';
import { shownInput } from './run-document.ts';

type Entry = { readonly [key: string]: Json };

/** An output larger than this is named by its size alone: the file is there to be looked at, the journal keeps all. */
const valueCharactersMax = 16_384;

/**
 * A run in the shape of the seeds' "Complete State Log". Times are Sirius time, with the ISO time beside them. What
 * does not apply is left out.
 */
export function stateLogEntry(view: RunView): Entry {
  const { state } = view;

  return {
    id: state.run,
    definition_id: state.definition.id,
    definition_version: state.definition.version,
    status: state.status,
    sequence: view.sequence,
    ...time('created_at', state.startedAt),
    ...time('updated_at', view.updatedAt),
    ...time('completed_at', state.endedAt),
    ...executionTime(state.startedAt, state.endedAt),
    input: bounded({ ...shownInput(view) }),
    tasks: Object.fromEntries(shownTasks(view).map((at) => [at.address, taskEntry(at, view)])),
    ...originEntry(view),
    ...(state.failedTask === undefined ? {} : { failed_task: state.failedTask }),
    ...(state.error === undefined ? {} : errorEntry(state.error)),
    ...(state.output === undefined ? {} : { output: bounded(state.output) }),
  };
}

/** What started it; and runs that belong together name each other. */
function originEntry({ state: { trigger, parent, forkedFrom, failureOf } }: RunView): Entry {
  return {
    ...(trigger === undefined ? {} : { trigger: trigger.id, started_by: triggerText(trigger) }),
    ...(parent === undefined ? {} : { parent_run: parent.run, parent_task: parent.task }),
    ...(forkedFrom === undefined ? {} : { forked_from: forkedFrom.run, forked_at: forkedFrom.at }),
    ...(failureOf === undefined ? {} : { original_run: failureOf }),
  };
}

function taskEntry(at: TaskAt, view: RunView): Entry {
  const { state } = at;
  const status = statusOf(state.state);
  const from = status === 'PENDING' || status === 'SKIPPED' ? {} : inputEntry(at);
  if (status === 'PENDING_APPROVAL') return { status, ...from, ...approvalEntry(at, view) };

  return {
    status,
    ...time('started_at', state.startedAt),
    ...time('completed_at', state.endedAt),
    ...from,
    ...(state.attempt === 0 ? {} : { attempts: state.attempt }),
    ...executionTime(state.startedAt, state.endedAt),
    ...(status === 'RETRYING' ? time('retry_at', state.retryAt) : {}),
    ...(state.until === undefined || status !== 'WAITING' ? {} : time('waiting_until', state.until)),
    ...(state.child === undefined ? {} : { child_run: state.child.run }),
    ...(state.caught === undefined ? {} : { caught_by: [...state.caught] }),
    ...passesEntry(state),
    ...outcomeEntry(state),
    ...(state.error === undefined ? {} : errorEntry(state.error)),
  };
}

/** Where its input came from: of each member the expression that gave it. What stands in the definition is left out. */
function inputEntry({ task: { input }, state }: TaskAt): Entry {
  const from = input === undefined || state.input !== undefined ? undefined : sourceOf(input);

  return from === undefined ? {} : { input_from: from };
}

function sourceOf(value: Json): Json | undefined {
  if (typeof value === 'string') return value.includes('${') ? expressionIn(value) : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const sources = Object.entries(value).flatMap(([key, member]) => {
    const source = sourceOf(member);
    return source === undefined ? [] : [[key, source] as const];
  });

  return sources.length === 0 ? undefined : Object.fromEntries(sources);
}

/** A text that is more than one expression is told as it stands. */
function expressionIn(text: string): string {
  return text.startsWith('${') && closingBrace(text, 2) === text.length - 1 ? bareExpression(text) : text;
}

function outcomeEntry({ decision, output }: TaskState): Entry {
  if (decision !== undefined)
    return { decision: decision.case ?? 'NO_MATCH', next_tasks: [...decision.next] };

  return output === undefined ? {} : { output: bounded(output) };
}

/** The progress of a FORK or loop; the file lists only some of its passes. */
function passesEntry(state: TaskState): Entry {
  const counts = passCounts(state);

  return counts === undefined ? {} : { passes: { ...counts } };
}

function approvalEntry({ address, state }: TaskAt, view: RunView): Entry {
  const timer = view.timers.find((each) => each.timer === 'approval.timeout' && each.task === address);
  const grants = (state.grants ?? []).map(({ by, inPlaceOf, at }) => ({
    by,
    ...(inPlaceOf === undefined ? {} : { in_place_of: inPlaceOf }),
    at: siriusTime(at),
    at_iso: at,
  }));

  return {
    ...time('waiting_since', state.scheduledAt),
    ...time('timeout_at', timer?.dueAt),
    ...(grants.length === 0 ? {} : { approved_by: grants }),
  };
}

function errorEntry({ code, message }: { readonly code: string; readonly message: string }): Entry {
  return { error: { code, message } };
}

function time(key: string, iso: string | undefined): Entry {
  return iso === undefined || iso === '' ? {} : { [key]: siriusTime(iso), [`${key}_iso`]: iso };
}

/** Whole seconds from one second on: the seeds' log is read by people. */
function executionTime(from: string | undefined, to: string | undefined): Entry {
  if (from === undefined || to === undefined) return {};
  const ms = Math.max(0, Date.parse(to) - Date.parse(from));

  return { execution_time: formatDuration(ms < 1000 ? ms : Math.round(ms / 1000) * 1000) };
}

function bounded(value: Json): Json {
  const text = canonicalJson(value);
  // In the order in which the journal tells it, so that the file is the same whether the run is live or read again.
  const ordered = JSON.parse(text) as Json;
  const { length } = text;
  if (length <= valueCharactersMax) return ordered;
  if (typeof ordered !== 'object' || ordered === null || Array.isArray(ordered)) return omitted(length);

  return Object.fromEntries(
    Object.entries(ordered).map(([key, member]): [string, Json] => {
      const memberLength = JSON.stringify(member).length;
      return [key, memberLength > valueCharactersMax / 8 ? omitted(memberLength) : member];
    }),
  );
}

function omitted(length: number): string {
  return `[${length} characters of JSON, see workflow show]`;
}
