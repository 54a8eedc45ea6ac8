import type { Json } from '../../../events/canonical-json.ts';
import { isCompleted, statusOf } from '../../../machines/chart/task-status.ts';
import { damageText, statusOfDamaged } from '../../../machines/run/record/damage-text.ts';
import { ownerOf } from '../../../machines/run/record/head.ts';
import { siriusTime } from '../../../machines/sirius-time.ts';
import { triggerOf } from '../../../machines/triggers/trigger-of.ts';
import type { RunAction, RunDetail, RunDocument } from '../../api/run.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { enabledEvents, enabledThen, notEnabled } from '../task/enabled-events.ts';
import type { Enabled } from '../task/enabled-tasks.ts';
import { isFilePath } from '../task/state-note.ts';
import { type TaskContext, taskDocuments } from '../task/task-document.ts';
import { progressOf, tasksInOrder } from '../task/task-order.ts';
import { triggerText } from '../trigger-document.ts';
import { runFacts } from './run-facts.ts';
import { whyOf } from './run-why.ts';
import { shownStatus } from './shown-status.ts';

const inputsMax = 4;

const textMax = 120;

/** What the view itself does not tell. */
export type DocumentContext = TaskContext & {
  /** Something happened after the event that the view is of. */
  readonly isPast?: boolean;
};

/** A run as every front end gives it to programs, which rely on it: members may be added, and not changed. */
export function runDocument(view: RunView, context: DocumentContext): RunDocument {
  const { state, damage, timers } = view;
  const { isPast = false } = context;
  const nowMs = isPast ? Date.parse(view.updatedAt) : context.nowMs;

  return {
    ...glanceOf(view),
    isPast,
    why: [...whyOf(view)],
    waitsFor: isPast ? [] : [...view.waitsFor],
    facts: [...runFacts(view)],
    ...originOf(view),
    input: shownInput(view),
    output: state.output,
    outputs: [...outputsOf(view)],
    error: state.error,
    failedTask: state.failedTask,
    failureRun: state.failureRun?.run,
    failureRunError: state.failureRun?.error,
    tasks: taskDocuments(view, { ...context, nowMs }),
    actions: [...runActions(view, { isPast })],
    notNow: isPast ? [] : notNow(view),
    timers: [...timers],
    undoing: state.undoing,
    reason: state.reason,
    droppedAt: state.droppedAt,
    breakers: view.breakers,
    problem: damage === undefined ? undefined : damageText(damage),
    damage,
  };
}

function glanceOf(view: RunView) {
  const { state, definition, sequence, updatedAt, damage } = view;
  const { startedAt, endedAt } = state;
  const { name, description } = definition;

  return {
    run: state.run,
    key: state.businessKey,
    labels: state.labels,
    owner: ownerOf(state),
    definition: { ...state.definition, name, description },
    status: damage === undefined ? state.status : statusOfDamaged(damage),
    shown: shownStatus(view),
    sequence,
    updatedAt,
    startedAt,
    startedAtSirius: siriusTime(startedAt),
    endedAt,
    elapsedMs: endedAt === undefined ? undefined : Date.parse(endedAt) - Date.parse(startedAt),
    ...progressOf(view),
  };
}

function originOf(view: RunView) {
  const { trigger, parent, failureOf, forkedFrom } = view.state;
  const from = parent?.run ?? failureOf;

  return {
    trigger: triggerOf({ trigger: trigger?.id, parent: from }),
    triggerRef: trigger,
    startedBy: startedBy(view),
    parent: from,
    parentTask: parent === undefined ? undefined : { task: parent.task, attempt: parent.attempt },
    forkedFrom,
    failureOf,
  };
}

/** What started it, in words. */
export function startedBy({ state: { trigger, parent } }: RunView): string {
  if (trigger !== undefined) return triggerText(trigger);

  return triggerOf({ parent: parent?.run });
}

/** One thing a run has brought forth. Files are what a person looks for first. */
type RunOutput = { readonly name: string; readonly value: Json; readonly isFile: boolean };

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

/** A run as a list tells of it beyond its line. */
export function runDetail(view: RunView): RunDetail {
  const tasks = tasksInOrder(view).filter(({ depth }) => depth === 0);

  return {
    run: view.run,
    sequence: view.sequence,
    inputLines: keyInputs(view),
    attempts: tasks.reduce((sum, { state }) => sum + state.attempt, 0),
    tasks: tasks.map(({ address, state }) => ({
      id: address,
      status: statusOf(state.state),
      attempt: state.attempt,
    })),
  };
}

/** What tells one run from another of the same definition: first what everybody who starts one has to say. */
function keyInputs(view: RunView): RunDetail['inputLines'] {
  const { input } = view.definition;
  const shown = shownInput(view);
  const declared = Object.keys(input);
  const required = declared.filter((name) => input[name]?.required === true);
  const names = new Set([...required, ...declared, ...Object.keys(shown)]);

  return [...names]
    .filter((name) => shown[name] !== undefined && shown[name] !== null && shown[name] !== '')
    .slice(0, inputsMax)
    .map((name) => ({ name, text: oneLine(shown[name]) }));
}

function oneLine(value: unknown): string {
  const plain = Array.isArray(value) ? value.map(written).join(', ') : written(value);
  const text = plain.replaceAll(/\s+/g, ' ');

  return text.length > textMax ? `${text.slice(0, textMax - 1)}…` : text;
}

function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The input of a run as people and programs may see it: a secret says that it is there, never what it is. */
export function shownInput({ definition, state }: RunView): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(state.input).map(([name, value]): [string, Json] => [
      name,
      definition.input[name]?.secret === true ? '[hidden]' : value,
    ]),
  );
}

type Kind = RunAction['kind'];

/** By what a person would type; of a command with two words, by both. */
const kinds: Readonly<Record<string, Kind>> = {
  pause: 'pauseRun',
  resume: 'resumeRun',
  cancel: 'cancelRun',
  terminate: 'terminateRun',
  retry: 'retryRun',
  rerun: 'rerun',
  fork: 'fork',
  approve: 'approve',
  reject: 'reject',
  'approvals change': 'requestChange',
  'approvals delegate': 'delegateApproval',
  skip: 'skipTask',
  complete: 'resolveTask',
  signal: 'signal',
  'dead-letters drop': 'dropDeadLetter',
  start: 'startAgain',
};

/** What may be asked of a run now, found out by asking the core; of a run as it was, only that it be forked. */
export function runActions(view: RunView, { isPast }: { readonly isPast: boolean }): readonly RunAction[] {
  // Nothing is appended to the journal of a run that is set aside.
  if (view.damage !== undefined) return [];
  const { events, commands } = isPast ? enabledThen(view) : enabledEvents(view);

  return [...commands, ...events].flatMap(actionOf);
}

/** What people look for, and why it may not be asked of the run now. */
function notNow(view: RunView): RunDocument['notNow'] {
  const { damage } = view;

  return notEnabled(view).flatMap(({ command, reason }) => {
    const kind = kinds[command];

    return kind === undefined ? [] : [{ kind, reason: damage === undefined ? reason : damageText(damage) }];
  });
}

function actionOf({ command, task, who }: Enabled): readonly RunAction[] {
  if (command === undefined) return [];
  const [first = '', second = ''] = command;
  const kind = kinds[first] ?? kinds[`${first} ${second}`];
  if (kind === undefined) return [];
  const signal = kind === 'signal' ? command[2] : undefined;

  return [{ kind, task, signal, command: ['workflow', ...command].map(quoted).join(' '), who }];
}

/** As a shell reads it: addresses of tasks may hold brackets. */
function quoted(word: string): string {
  return /^(?:<\w+>|[\w@%+=:,./-]+)$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
