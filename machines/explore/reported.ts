import type { Json } from '../../events/canonical-json.ts';
import { localId } from '../compile/address.ts';
import type { Command } from '../run/command.ts';
import { errorData, render } from '../run/render.ts';
import type { Run } from '../run/run.ts';

/** Who carries everything out in a scenario. */
const worker = 'scenario';

export type OfAttempt = ReturnType<typeof ofAttempt>;

export function ofAttempt(task: string, attempt: number, startedAt: string) {
  return { task, attempt, worker, startedAt };
}

/** What an engine makes of the result of an attempt: the output that the definition wants, or why there is none. */
export function reported(run: Run, of: OfAttempt, result: Json): Command {
  const { output, outputTo } = run.chart.templates.get(localId(of.task)) ?? {};
  const given = { address: of.task, result };
  const made = output === undefined ? { ok: true as const, value: result } : render(run, output, given);
  if (!made.ok) return { kind: 'failTask', ...of, error: errorData(made.error) };
  const path = outputTo === undefined ? made : render(run, outputTo, given);
  if (!path.ok) return { kind: 'failTask', ...of, error: errorData(path.error) };

  return { kind: 'completeTask', ...of, output: made.value };
}
