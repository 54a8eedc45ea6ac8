import type { Json } from '../../../events/canonical-json.ts';
import type { Fact } from '../../../events/catalogue.ts';
import type { Transition } from '../../../events/record.ts';
import type { Command } from '../../run/decide/command.ts';
import { decide } from '../../run/decide/decide.ts';
import { claimCheck } from '../../run/record/claim-check.ts';
import { type Event, evolve, UnexplainedEvent } from '../../run/record/evolve.ts';
import { redactFact } from '../../run/record/redact.ts';
import type { Run } from '../../run/run.ts';

/** What came of a command: the run after it, or why it means nothing. */
export type CommandOutcome =
  | {
      readonly ok: true;
      readonly run: Run;
      readonly fact: Fact;
      readonly transitions: readonly Transition[];
    }
  | { readonly ok: false; readonly message: string };

/**
 * Has a run decide a command and take the fact, as it would stand in a journal. `told` stands in for facts of which
 * nothing is decided but whether they count. Throws BlobNeeded.
 */
export function tell(
  run: Run,
  command: Command,
  { told, ...of }: Omit<Event, 'fact'> & { readonly told?: Fact | undefined },
): CommandOutcome {
  const decision = decide(run, command);
  if (!decision.ok) return { ok: false, message: decision.refusal.message };
  const fact =
    told?.type === decision.fact.type && asTold.has(told.type) ? told : storable(run, decision.fact);
  try {
    const { run: next, transitions } = evolve(run, { ...of, fact });
    return { ok: true, run: { ...next, sequence: run.sequence + 1 }, fact, transitions };
  } catch (error) {
    if (!(error instanceof UnexplainedEvent)) throw error;
    return { ok: false, message: error.message };
  }
}

/** What a worker says on the way, and the error of another run, are kept as they were recorded. */
const asTold: ReadonlySet<Fact['type']> = new Set(['task.heartbeat', 'child.ended']);

/** Without secrets, and with references for what is too large: their content is at hand from now on. */
function storable({ aside }: Run, fact: Fact): Fact {
  const claimed = claimCheck(redactFact(fact, aside.hidden));
  const atHand = aside.blobs as Map<string, Json>;
  for (const { digest, text } of claimed.blobs) atHand.set(digest, JSON.parse(text) as Json);

  return claimed.fact;
}
