import type { Recorded } from '../../api/commands.ts';
import type { Answer } from '../../ports/runs/workflows.ts';
import { RequestRefused } from '../api.ts';

/** What a command led to. Throws RequestRefused with the refusal of the engine. */
export function recorded(answer: Answer): Recorded {
  if (answer.ok) return { run: answer.run, sequence: answer.sequence };

  throw new RequestRefused(answer.refusal);
}
