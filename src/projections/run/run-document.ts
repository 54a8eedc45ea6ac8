import type { Json } from '../../../events/canonical-json.ts';
import { isCompleted, statusOf } from '../../../machines/chart/task-status.ts';
import { siriusTime } from '../../../machines/sirius-time.ts';
import type { RunDetail } from '../../api/run.ts';
import type { HistoryEntry, RunSummary, RunView } from '../../ports/runs/workflows.ts';
import { taskDocuments } from '../task/task-document.ts';
import { isFilePath } from '../task/task-note.ts';
import { tasksInOrder } from '../task/task-order.ts';
import { shownStatus, shownStatusOfLine, statusOfLine } from './shown-status.ts';

const inputsMax = 4;

const textMax = 120;

type Document = Readonly<Record<string, unknown>>;

/** A run as `--json` shows it. Adding keys is fine, changing them is not: programs rely on them. */
export function runDocument(view: RunView): Document {
  const { state } = view;

  return {
    run: state.run,
    definition: state.definition,
    status: view.damage === undefined ? state.status : 'QUARANTINED',
    shown: shownStatus(view),
    sequence: view.sequence,
    startedAt: state.startedAt,
    startedAtSirius: siriusTime(state.startedAt),
    endedAt: state.endedAt,
    updatedAt: view.updatedAt,
    elapsedMs:
      state.endedAt === undefined ? undefined : Date.parse(state.endedAt) - Date.parse(state.startedAt),
    input: shownInput(view),
    output: state.output,
    outputFiles: outputsOf(view).flatMap(({ name, value, isFile }) =>
      isFile ? [{ name, path: value }] : [],
    ),
    error: state.error,
    failedTask: state.failedTask,
    waitsFor: view.waitsFor,
    timers: view.timers,
    tasks: taskDocuments(view),
    trigger: state.trigger,
    parent: state.parent,
    forkedFrom: state.forkedFrom,
    failureOf: state.failureOf,
    failureRun: state.failureRun,
    undoing: state.undoing,
    reason: state.reason,
    droppedAt: state.droppedAt,
    breakers: view.breakers,
    damage: view.damage,
  };
}

/** One line of the list of runs. */
export function summaryDocument(line: RunSummary): Document {
  const { run, head, sequence, updatedAt, damage } = line;

  return {
    run,
    ...head,
    status: statusOfLine(line),
    shown: shownStatusOfLine(line),
    startedAtSirius: siriusTime(head.startedAt),
    sequence,
    updatedAt,
    ...(damage === undefined ? {} : { problem: damage.message, damage }),
  };
}

/** One entry of a history. */
export function entryDocument(entry: HistoryEntry): Document {
  if ('problem' in entry) return { ...entry };
  const { sequence, time, type, actor, data, hash } = entry.record;

  return {
    position: entry.position,
    sequence,
    time,
    sirius: siriusTime(time),
    type,
    actor,
    transitions: data.transitions,
    fact: data.fact,
    status: data.head.status,
    hash,
  };
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
    input: keyInputs(view),
    attempts: tasks.reduce((sum, { state }) => sum + state.attempt, 0),
    tasks: tasks.map(({ address, state }) => ({
      task: address,
      status: statusOf(state.state),
      attempt: state.attempt,
    })),
  };
}

/** What tells one run from another of the same definition: first what everybody who starts one has to say. */
function keyInputs(view: RunView): RunDetail['input'] {
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
