import type { RunLine } from '../../api/run.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import { triggerOf } from '../../ports/runs/executions.ts';
import { shownStatusOfLine, statusOfLine } from './shown-status.ts';

/** What the other runs say about one: how much of its id names it, and how long runs like it take, in ms. */
export type AmongRuns = { readonly shortId: string; readonly typicalMs: number | undefined };

/** A run as a line of a list. */
export function runLine(line: BoardLine, { shortId, typicalMs }: AmongRuns): RunLine {
  const { run, head, sequence, position, updatedAt, damage } = line;

  return {
    run,
    shortId,
    definition: head.definition,
    status: statusOfLine(line),
    shown: shownStatusOfLine(line),
    settled: head.settled,
    tasks: head.tasks,
    active: head.active,
    startedAt: head.startedAt,
    endedAt: head.endedAt,
    updatedAt,
    dueAt: head.dueAt,
    error: head.error,
    trigger: triggerOf(head),
    parent: head.parent,
    sequence,
    position,
    typicalMs,
    problem: damage?.message,
  };
}
