import { within } from '../lib/deadline.ts';
import type { TriggerName, TriggerRefusal, TriggersDesk } from '../ports/events/trigger-admin.ts';
import { CliFailure } from './cli-failure.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';

const closeMsMax = 2_000;

/** Opens the admin interface of triggers, passes it to `use`, and always closes it. */
export async function withTriggers(
  { app, io, output, projectDir }: Invocation,
  use: (desk: TriggersDesk) => Promise<ExitCode>,
): Promise<ExitCode> {
  const desk = await app.triggers(projectDir(), (message) => output.note(output.notePaint.dim(message)));
  try {
    return await use(desk);
  } finally {
    // The command is done: an error of closing must not change its result.
    await within(io.clock, closeMsMax, desk.close());
  }
}

/** `nightly`, or `reports/nightly` if several definitions have a trigger of that name. */
export function triggerNamed(text: string): TriggerName {
  const slash = text.indexOf('/');

  return slash < 0 ? { trigger: text } : { definition: text.slice(0, slash), trigger: text.slice(slash + 1) };
}

/** The result of a trigger command. Throws CliFailure if it was refused. */
export function granted<Result extends object | undefined>(
  { hint }: Pick<Invocation, 'hint'>,
  result: Result | TriggerRefusal,
): Result {
  if (!isRefusal(result)) return result;
  const { code, message } = result;
  const list = code.startsWith('trigger.') ? hint('triggers', 'list') : undefined;
  const fix = code.startsWith('schedule.') ? hint('schedules', 'list') : list;

  throw new CliFailure(code, message, fix);
}

function isRefusal<Result extends object | undefined>(
  result: Result | TriggerRefusal,
): result is TriggerRefusal {
  return result !== undefined && 'code' in result && 'message' in result;
}

/** Warns if no engine is running. Resolves with whether one is. */
export async function warnUnattended({ output, hint }: Invocation, desk: TriggersDesk): Promise<boolean> {
  const isAttended = await desk.isAttended();
  if (!isAttended) output.warn(`no engine looks after triggers now; start one: ${hint('serve')}`);

  return isAttended;
}
