import type { z } from 'zod';
import { type OperationPorts, RequestRefused } from '../operations/use-case.ts';
import type { TriggersDesk } from '../ports/events/trigger-admin.ts';
import type { OnProgress } from './app.ts';
import { CliFailure } from './cli-failure.ts';
import { actorOf } from './commands/actor.ts';
import { type Invocation, withOpened } from './invocation.ts';

/** Opens what operations are carried out on, passes it to `use`, and always closes it. */
export function withPorts<Result>(
  invocation: Invocation,
  use: (ports: OperationPorts) => Promise<Result>,
  say?: OnProgress,
): Promise<Result> {
  const { app, projectDir } = invocation;

  return withOpened(
    invocation,
    (tell) => app.ports(projectDir(), tell),
    ({ ports }) => use(ports),
    say,
  );
}

/** A list of what runs and engines have made: where nothing was ever run it is empty, and nothing is started for it. */
export async function listThere<List extends { readonly items: readonly unknown[]; readonly total: number }>(
  invocation: Invocation,
  ask: (ports: OperationPorts) => Promise<List>,
): Promise<List | { readonly items: readonly never[]; readonly total: 0; readonly next?: undefined }> {
  const { app, projectDir } = invocation;

  return (await app.isNew(projectDir())) ? { items: [], total: 0 } : withPorts(invocation, ask);
}

/** An operation as it is carried out. */
type Carried<Input, Output> = {
  readonly input: z.ZodObject & z.ZodType<unknown, Input>;
  carryOut(ports: OperationPorts, input: unknown, caller: { readonly actor: string }): Promise<Output>;
};

/** What is asked for, and by whom: `--as`. */
type Asked<Input> = { readonly input: Input; readonly as?: string | undefined };

/** Carries an operation out. A refusal names the command that helps. Throws CliFailure. */
export function carriedOut<Input, Output>(
  invocation: Invocation,
  ports: OperationPorts,
  useCase: Carried<Input, Output>,
  { input, as }: Asked<Input>,
): Promise<Output> {
  return carriedOutAsRead(invocation, ports, useCase, { input: inputAsRead(useCase.input, input), as });
}

/** The input as its schema reads it; `nameOf` says what a member is called. Throws CliFailure. */
export function inputAsRead<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  nameOf: (member: string) => string = (member) => member,
): z.output<Schema> {
  const read = schema.safeParse(input);
  if (read.success) return read.data;
  const problems = read.error.issues.map(
    ({ path: [member = '', ...below], message }) =>
      `${[nameOf(String(member)), ...below].join('.')}: ${message}`,
  );

  throw new CliFailure('usage.input', problems.join('; '));
}

/** The same for an input that was read by the schema. */
export async function carriedOutAsRead<Output>(
  invocation: Invocation,
  ports: OperationPorts,
  { carryOut }: Pick<Carried<never, Output>, 'carryOut'>,
  { input, as }: Asked<unknown>,
): Promise<Output> {
  try {
    return await carryOut(ports, input, { actor: actorOf(invocation.io, as) });
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
