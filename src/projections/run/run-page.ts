import type { RunPage, RunWait } from '../../api/run.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { onlyPeopleCanMove } from './movement.ts';
import { type DocumentContext, runDocument } from './run-document.ts';
import type { AmongRuns } from './run-line.ts';

/** What the view itself does not tell. `last` is the number of the last event of the run. */
export type PageContext = AmongRuns &
  DocumentContext & { readonly last: number; readonly isPast: boolean; readonly wait?: RunWait | undefined };

/** A run with what the other runs say about it. */
export function runPage(view: RunView, context: PageContext): RunPage {
  const { shortId, typicalMs, last, isPast, wait } = context;

  return {
    ...runDocument(view, context),
    shortId,
    typicalMs,
    last,
    wait: isPast ? undefined : wait,
    expectedEndAt: isPast ? undefined : expectedEndAt(view, typicalMs),
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
