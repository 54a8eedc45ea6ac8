import type { ReportAnswer } from '../../../events/worker-protocol.ts';
import type { Refusal } from '../../../machines/run/decide/command.ts';
import { movedOn } from '../run/mailbox-answers.ts';

export const taken: ReportAnswer = { ok: true };

/** The worker is to end the work and to forget the item. */
export function dropped(refusal: Refusal): ReportAnswer {
  return denied(refusal, 'drop');
}

/** The worker is to ask again. */
export function waiting(refusal: Refusal, retryAfterMs: number): ReportAnswer {
  return { ...denied(refusal, 'wait'), retryAfterMs };
}

/** A person has to mend the run first; what the worker has is kept until then. */
const quarantinedMs = 30_000;

/** What a refusal of the run means to the worker. Throws when another engine has to be asked. */
export function answerToRefusal(refusal: Refusal): ReportAnswer {
  if (refusal.code === movedOn.refusal.code) throw new Error(movedOn.refusal.message);

  return refusal.code === 'run.quarantined' ? waiting(refusal, quarantinedMs) : dropped(refusal);
}

function denied({ code, message }: Refusal, next: 'drop' | 'wait') {
  return { ok: false as const, code, message, next };
}
