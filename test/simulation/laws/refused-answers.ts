import { isDeepStrictEqual } from 'node:util';
import type { JournalRecord } from '../../../events/record.ts';
import { decide } from '../../../machines/run/decide/decide.ts';
import { noteOf } from '../../../machines/run/decide/refused-answers.ts';
import type { Answer, RunCommand } from '../../../src/ports/runs/workflows.ts';
import type { Court } from './court.ts';
import type { Docket } from './docket.ts';

/** I16: an answer that comes too late, too early, twice or unasked is refused in the journal first. */
export function checkTold(
  court: Court,
  { run, given, answer }: { readonly run: string; readonly given: RunCommand; readonly answer: Answer },
): void {
  const docket = court.docket(run);
  const note = answer.ok ? undefined : noteOf(given, answer.refusal);
  if (docket === undefined || note === undefined || !decide(docket.run(), note).ok) return;
  const { kind: _kind, ...noted } = note;
  const isTold = docket
    .records()
    .some(({ type, data }) => type === 'approval.refused' && isDeepStrictEqual(data.fact, noted));
  if (!isTold)
    court.find(`I16: ${run} does not tell that ${note.by} could not ${note.decision} (${note.code})`);
}

/**
 * Whether the refusal was right at some moment after the run was asked and before its own event. A refusal is known to
 * the engine alone that gave it: where two hold themselves for the owner, one may refuse what is asked again of the
 * other, later, and that one accept it (seed 199473). Whoever asked is told the first answer that reaches them.
 */
export function wasRefusedBefore(
  docket: Docket | undefined,
  {
    given,
    answer,
    since,
    own,
  }: {
    readonly given: RunCommand;
    readonly answer: Extract<Answer, { readonly ok: false }>;
    /** How many events there were when it was asked. */
    readonly since: number;
    readonly own: readonly JournalRecord[];
  },
): boolean {
  const [first] = own;
  for (let sequence = since; sequence < (first?.sequence ?? 0); sequence += 1) {
    const run = docket?.at(sequence);
    if (run === undefined) continue;
    const decision = decide(run, given);
    if (!decision.ok && decision.refusal.code === answer.refusal.code) return true;
  }

  return false;
}
