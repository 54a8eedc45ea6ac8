import type { z } from 'zod';
import { within } from '../lib/deadline.ts';
import { type OperationPorts, RequestRefused } from '../operations/use-case.ts';
import type { TriggersDesk } from '../ports/events/trigger-admin.ts';
import { CliFailure } from './cli-failure.ts';
import { actorOf } from './commands/actor.ts';
import type { Invocation } from './invocation.ts';

const closeMsMax = 2_000;

/**
 * Opens what operations are carried out on, passes it to `use`, and always closes it. `say` hears of what takes its
 * time.
 */
export async function withPorts<Result>(
  { app, io, output, projectDir }: Invocation,
  use: (ports: OperationPorts) => Promise<Result>,
  say = (message: string): void => output.note(output.notePaint.dim(message)),
): Promise<Result> {
  const opened = await app.ports(projectDir(), say);
  try {
    return await use(opened.ports);
  } finally {
    // The command is done: an error of closing must not change its result.
    await within(io.clock, closeMsMax, opened.close());
  }
}

/** An operation as it is carried out. */
type Carried<Input, Output> = {
  readonly input: z.ZodObject & z.ZodType<unknown, Input>;
  carryOut(ports: OperationPorts, input: unknown, caller: { readonly actor: string }): Promise<Output>;
};

/** What is asked for, and by whom: `--as`. */
type Asked<Input> = { readonly input: Input; readonly as?: string | undefined };

/** Carries an operation out. A refusal names the command that helps. Throws CliFailure. */
export async function carriedOut<Input, Output>(
  invocation: Invocation,
  ports: OperationPorts,
  { input: schema, carryOut }: Carried<Input, Output>,
  { input, as }: Asked<Input>,
): Promise<Output> {
  const read = schema.safeParse(input);
  if (!read.success) {
    const problems = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new CliFailure('usage.input', problems.join('; '));
  }
  try {
    return await carryOut(ports, read.data, { actor: actorOf(invocation.io, as) });
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    throw new CliFailure(error.code, error.message, error.fix ?? helpFor(error.code, invocation));
  }
}

/** The list that names what there is. */
function helpFor(code: string, { hint }: Invocation): string | undefined {
  const noun = /^(agent|trigger|schedule|event)\./.exec(code)?.[1];

  return noun === undefined ? undefined : hint(`${noun}s`, 'list');
}

/** Warns if no engine is running. Resolves with whether one is. */
export async function warnUnattended(
  { output, hint }: Invocation,
  triggers: Pick<TriggersDesk, 'isAttended'>,
): Promise<boolean> {
  const isAttended = await triggers.isAttended();
  if (!isAttended) output.warn(`no engine looks after triggers now; start one: ${hint('serve')}`);

  return isAttended;
}
