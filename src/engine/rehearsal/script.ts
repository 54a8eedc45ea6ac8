import type { Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/error-data.ts';
import { type Performers, TaskError } from '../../ports/handler.ts';

type OfAttempt = { readonly task: string; readonly attempt: number };

/** Whoever carries attempts out in a rehearsal: they wait until the script says what comes of them. */
export type Script = {
  readonly performers: Performers;
  /** False when nobody waits for the result of the attempt. */
  readonly complete: (of: OfAttempt, output: Json) => boolean;
  readonly fail: (of: OfAttempt, error: ErrorData) => boolean;
};

type Waiting = { readonly resolve: (result: Json) => void; readonly reject: (error: TaskError) => void };

export function createScript(): Script {
  const waiting = new Map<string, Waiting>();

  function end({ task, attempt }: OfAttempt, how: (attempt: Waiting) => void): boolean {
    const key = `${task}#${attempt}`;
    const found = waiting.get(key);
    waiting.delete(key);
    if (found !== undefined) how(found);

    return found !== undefined;
  }

  return {
    performers: {
      find: () => ({
        worker: 'scenario',
        handler: ({ task, attempt }) =>
          new Promise((resolve, reject) => void waiting.set(`${task}#${attempt}`, { resolve, reject })),
      }),
    },
    complete: (of, output) => end(of, ({ resolve }) => resolve(output)),
    fail: (of, { code, message, retryable, details }) =>
      end(of, ({ reject }) =>
        reject(new TaskError(code, message, { retryable, ...(details === undefined ? {} : { details }) })),
      ),
  };
}
