import { isDeepStrictEqual } from 'node:util';
import { decide } from '../../../machines/run/decide.ts';
import { noteOf } from '../../../machines/run/refused-answers.ts';
import type { Answer, RunCommand } from '../../../src/ports/workflows.ts';
import type { Court } from './court.ts';

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
