import type { DefinitionRef } from '../../../events/run-events.ts';
import { damageText } from '../../../machines/run/record/damage-text.ts';
import { shownStatusOfLine, statusOfLine } from '../../../machines/run/record/run-filter.ts';
import { siriusTime } from '../../../machines/sirius-time.ts';
import { triggerOf } from '../../../machines/triggers/trigger-of.ts';
import type { RunLine, RunPage } from '../../api/run.ts';
import type { RunLookups, RunSummary } from '../../ports/runs/run-index.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { onlyPeopleCanMove } from './movement.ts';
import { type DocumentContext, runDocument } from './run-document.ts';

/** Only the latest runs of a version are counted: what a program is run with changes. */
const runsMax = 50;

const runsMin = 3;

/** What the view itself does not tell. `last` is the number of the last event of the run. */
export type PageContext = AmongRuns & DocumentContext & { readonly last: number; readonly isPast: boolean };

/** A run with what the other runs say about it. */
export function runPage(view: RunView, context: PageContext): RunPage {
  const { shortId, typicalMs, last, isPast } = context;

  return {
    ...runDocument(view, context),
    shortId,
    typicalMs,
    last,
    expectedEndAt: isPast ? undefined : expectedEndAt(view, typicalMs),
  };
}

/** What the other runs say about one: how much of its id names it, and how long runs like it take, in ms. */
type AmongRuns = { readonly shortId: string; readonly typicalMs: number | undefined };

/** A run as a line of a list. */
export function runLine(line: RunSummary, { shortId, typicalMs }: AmongRuns): RunLine {
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

/**
 * When the run will have ended if it takes as long as others: the time may have gone by. Undefined where a person is
 * waited for, and nobody knows.
 */
export function expectedEndAt(view: RunView, typicalMs: number | undefined): string | undefined {
  const { status, startedAt } = view.state;
  if (typicalMs === undefined || status !== 'RUNNING' || view.damage !== undefined) return undefined;
  const waitsForPerson = onlyPeopleCanMove(view) !== undefined;

  return waitsForPerson ? undefined : new Date(Date.parse(startedAt) + typicalMs).toISOString();
}

function medianOf(values: readonly number[]): number | undefined {
  if (values.length < runsMin) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;

  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}
