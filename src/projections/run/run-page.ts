import type { DefinitionRef } from '../../../events/run-events.ts';
import { damageText } from '../../../machines/run/record/damage-text.ts';
import { siriusTime } from '../../../machines/sirius-time.ts';
import { triggerOf } from '../../../machines/triggers/trigger-of.ts';
import type { RunLine, RunPage } from '../../api/run.ts';
import type { RunSummary, RunView } from '../../ports/runs/workflows.ts';
import { onlyPeopleCanMove } from './movement.ts';
import { type DocumentContext, runDocument } from './run-document.ts';
import { shownStatusOfLine, statusOfLine } from './shown-status.ts';

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
  const { run, head, sequence, position, updatedAt, damage } = line;

  return {
    run,
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
    typicalMs,
    problem: damage === undefined ? undefined : damageText(damage),
    damage,
  };
}

/** How long runs of each version of a definition took that completed, as far as it was told of them. */
export type Expectations = {
  /** Tells it how a run is now; of one that did not complete nothing is kept. Runs told later count more. */
  readonly note: (line: RunSummary) => void;
  /** The median in ms; undefined before there are three runs. */
  readonly typicalMs: (definition: DefinitionRef) => number | undefined;
  /** The same, with how many runs it is of. */
  readonly typical: (definition: DefinitionRef) => { readonly ms: number; readonly runs: number } | undefined;
};

export function createExpectations(): Expectations {
  const tookMs = new Map<string, Map<string, number>>();
  const medians = new Map<string, number | undefined>();

  const typicalMs = (definition: DefinitionRef): number | undefined => {
    const key = keyOf(definition);
    if (!medians.has(key)) medians.set(key, medianOf([...(tookMs.get(key)?.values() ?? [])]));

    return medians.get(key);
  };

  return {
    note: ({ run, head: { definition, status, startedAt, endedAt } }) => {
      if (status !== 'COMPLETED' || endedAt === undefined) return;
      const key = keyOf(definition);
      const known = tookMs.get(key) ?? new Map<string, number>();
      known.set(run, Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)));
      const [oldest] = known.keys();
      if (known.size > runsMax && oldest !== undefined) known.delete(oldest);
      tookMs.set(key, known);
      medians.delete(key);
    },
    typicalMs,
    typical: (definition) => {
      const ms = typicalMs(definition);

      return ms === undefined ? undefined : { ms, runs: tookMs.get(keyOf(definition))?.size ?? 0 };
    },
  };
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

function keyOf({ id, version, hash }: DefinitionRef): string {
  return `${id}@${version} ${hash}`;
}

function medianOf(values: readonly number[]): number | undefined {
  if (values.length < runsMin) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;

  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}
