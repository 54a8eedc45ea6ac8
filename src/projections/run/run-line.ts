import type { DefinitionRef } from '../../../events/run-events.ts';
import { damageText } from '../../../machines/run/record/damage-text.ts';
import { shownStatusOfLine, statusOfLine } from '../../../machines/run/record/run-filter.ts';
import { siriusTime } from '../../../machines/sirius-time.ts';
import { triggerOf } from '../../../machines/triggers/trigger-of.ts';
import type { RunLine, RunWait } from '../../api/run.ts';
import type { RunLookups, RunSummary } from '../../ports/runs/run-index.ts';

/** Only the latest runs of a version are counted: what a program is run with changes. */
const runsMax = 50;

const runsMin = 3;

/** What the other runs say about one: how much of its id names it, and how long runs like it take, in ms. */
export type AmongRuns = {
  readonly shortId: string;
  readonly typicalMs: number | undefined;
};

/** A run as a line of a list. */
export function runLine(
  line: RunSummary,
  { shortId, typicalMs, wait }: AmongRuns & { readonly wait?: RunWait | undefined },
): RunLine {
  const { run, head, sequence, position, updatedAt, archived, damage } = line;

  return {
    run,
    ...foundBy(head),
    shortId,
    definition: head.definition,
    status: statusOfLine(line),
    shown: shownStatusOfLine(line),
    settled: head.settled,
    taskCount: head.tasks,
    active: head.active,
    startedAt: head.startedAt,
    startedAtSirius: siriusTime(head.startedAt),
    endedAt: head.endedAt,
    updatedAt,
    dueAt: head.dueAt,
    errorCode: head.error,
    trigger: triggerOf(head),
    parent: head.parent,
    sequence,
    position,
    archived,
    typicalMs,
    wait,
    problem: damage === undefined ? undefined : damageText(damage),
    damage,
  };
}

/** What tells it from its like, and finds it. */
function foundBy({ key, labels, owner, agents, searchable, errorText, errorGroup }: RunSummary['head']) {
  return { key, labels, owner, agents, searchable, errorText, errorGroup };
}

/**
 * How long runs of a version usually take, by those that completed last: the median in ms, and of how many it is;
 * undefined before there are three.
 */
export function typicalOf(
  runs: Pick<RunLookups, 'durations'>,
  { id, hash }: DefinitionRef,
): { readonly ms: number; readonly runs: number } | undefined {
  const values = runs.durations({ id, hash }, runsMax);
  const ms = medianOf(values);

  return ms === undefined ? undefined : { ms, runs: values.length };
}

function medianOf(values: readonly number[]): number | undefined {
  if (values.length < runsMin) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;

  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}
