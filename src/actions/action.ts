import { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import type { KnownAction } from '../../machines/language/world/world.ts';
import { FileFailure } from '../files/file-failure.ts';
import { PathRefused } from '../files/path-segments.ts';
import { type Attempt, type Handler, TaskError } from '../ports/work/handler.ts';

/** What is known of an action before it is carried out: what it takes and gives, and the errors of its own. */
type Contract<Schema extends z.ZodType> = Pick<KnownAction, 'outputs' | 'errors'> & {
  readonly input: Schema;
};

/** An action: its handler, with what `workflow check` knows of it. */
export type Action = Handler & { readonly known: () => KnownAction };

/**
 * Makes a handler of a built-in action: the input is checked first, and what the file system refuses becomes a
 * TaskError with the same code.
 */
export function defineAction<Schema extends z.ZodType>(
  name: string,
  { input: schema, ...contract }: Contract<Schema>,
  carryOut: (attempt: Attempt, input: z.output<Schema>) => Promise<Json>,
): Action {
  const handler: Handler = async (attempt) => {
    const input = takenInput(name, schema, attempt.input);
    try {
      return await carryOut(attempt, input);
    } catch (error) {
      throw understood(error);
    }
  };
  const known = (): KnownAction => ({
    ...contract,
    input: z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as KnownAction['input'],
  });

  return Object.assign(handler, { known });
}

/** The input as the schema makes it. Throws TaskError. */
export function takenInput<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  given: Json,
): z.output<Schema> {
  const input = schema.safeParse(given);
  if (input.success) return input.data;

  throw invalidInput(name, input.error);
}

/** The output as the schema makes it; without one it is as it is. Throws TaskError. */
export function promised(name: string, schema: z.ZodType | undefined, made: unknown): Json {
  const output = schema?.safeParse(made);
  if (output?.success === false) throw invalidOutput(name, output.error);

  return (output === undefined ? made : output.data) as Json;
}

function invalidInput(name: string, error: z.ZodError): TaskError {
  return new TaskError(
    'action.invalid-input',
    `${name} got an input it does not take: ${misfitText(error)}`,
    {
      details: { action: name, problems: problemsOf(error) },
    },
  );
}

function invalidOutput(name: string, error: z.ZodError): TaskError {
  return new TaskError(
    'action.invalid-output',
    `${name} gave an output that it does not promise: ${misfitText(error)}`,
    { details: { action: name, problems: problemsOf(error) } },
  );
}

function misfitText(error: z.ZodError): string {
  return problemsOf(error)
    .map(({ field, message }) => (field === '' ? message : `"${field}": ${message}`))
    .join('; ');
}

function problemsOf({ issues }: z.ZodError) {
  return issues.map(({ path, message }) => ({ field: path.join('.'), message }));
}

function understood(error: unknown): unknown {
  if (!(error instanceof FileFailure || error instanceof PathRefused)) return error;

  return new TaskError(error.code, error.message, { retryable: error.retryable, cause: error });
}
