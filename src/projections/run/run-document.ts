import { siriusTime } from '../../../machines/sirius-time.ts';
import type { HistoryEntry, RunSummary, RunView } from '../../ports/runs/workflows.ts';
import { taskDocuments } from '../task/task-document.ts';
import { outputsOf } from './run-outputs.ts';
import { shownInput } from './shown-input.ts';
import { shownStatus, shownStatusOfLine, statusOfLine } from './shown-status.ts';

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
