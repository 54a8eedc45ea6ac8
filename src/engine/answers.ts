import type { Json } from '../../events/canonical-json.ts';
import type { Refusal } from '../../machines/run/command.ts';
import { messageOf } from '../ports/message-of.ts';
import type { Answer } from '../ports/workflows.ts';
import type { Outcome } from './mailbox.ts';

/** An outcome as it goes back to whoever asked. */
export function answerOf(run: string, outcome: Outcome): Json {
  const answer: Answer = { ...outcome, run };

  return answer;
}

/** What whoever asked is told when carrying a request out failed. */
export function refusalOf(run: string, error: unknown): Json {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'engine.error';

  return refusal(run, code, messageOf(error));
}

export function refusal(run: string, code: string, message: string): Json {
  const refused: Refusal = { code, message };

  return { ok: false, run, refusal: refused };
}
