import { z } from 'zod';
import type { CloudEvent } from '../../../events/cloud-event.ts';
import type { EventEffect } from '../../../events/event-outcome.ts';
import { JsonValue } from '../../../events/json-value.ts';
import type { Refusal } from '../../../machines/run/command.ts';
import { isRunId } from '../../../machines/shard.ts';
import type { Journal } from '../../ports/journal.ts';
import { RunNotFound } from '../../ports/workflows.ts';
import { refusedName } from '../actor-name.ts';
import { isPassing, NotStartedYet } from '../passing-refusal.ts';
import { type AskDeps, askForEvent } from './ask-for-event.ts';
import { effectOf } from './event-effects.ts';

/** The type of the events by which people decide. */
export const decisionType = 'approval.decision';

const Decision = z.object({
  run: z.string(),
  task: z.string(),
  decision: z.enum(['approve', 'reject']),
  by: z.string().optional(),
  comment: z.string().optional(),
  data: JsonValue.optional(),
});

type DecisionDeps = AskDeps & { readonly journal: Pick<Journal, 'last'> };

/** Gives the decision that an event holds to its run, as whoever decides: they need the same rights as ever. */
export async function decideByEvent(
  deps: DecisionDeps,
  event: CloudEvent,
  vouchedFor: string | undefined,
): Promise<EventEffect> {
  const read = Decision.safeParse(event.data);
  if (!read.success) {
    const rule = 'the data is {run, task, decision: "approve" or "reject", by}';
    return refused({}, { code: 'decision.invalid', message: `${rule}: ${z.prettifyError(read.error)}` });
  }
  const { run, task, decision, comment, data } = read.data;
  const by = decider(event, vouchedFor ?? read.data.by, vouchedFor !== undefined);
  if (typeof by !== 'string') return refused({ run, task }, by);
  if (!isRunId(run) || (await deps.journal.last(run)) === undefined) {
    const { code, message } = new RunNotFound(run);
    return refused({ run, task }, { code, message });
  }
  const command = {
    kind: decision,
    task,
    by,
    ...(comment === undefined ? {} : { comment }),
    ...(data === undefined ? {} : { data }),
  };
  const answer = await askForEvent(deps, event, { run, command, as: by });
  if (answer.ok) return { kind: 'decided', run, task, message: `${decision} by ${by}` };
  if (isPassing(answer.refusal)) throw new NotStartedYet(run, answer.refusal);

  return refused({ run, task }, answer.refusal);
}

/** Who decides, as far as that is to be believed. */
function decider({ hops }: CloudEvent, by: string | undefined, isVouchedFor: boolean): string | Refusal {
  if (by === undefined)
    return { code: 'decision.nobody', message: 'it does not say who decides: `by` is missing' };
  // Whoever writes definitions could have a run publish what somebody else is said to have decided.
  if (hops !== undefined && !isVouchedFor) {
    return {
      code: 'decision.by-run',
      message: `a run published it, and no run decides in the name of ${by}`,
    };
  }

  return refusedName(by) ?? by;
}

function refused(of: Pick<EventEffect, 'run' | 'task'>, { code, message }: Refusal): EventEffect {
  return effectOf({ kind: 'refused', ...of, code, message });
}
