import { z } from 'zod';
import { JsonValue } from './canonical-json.ts';

/**
 * Why something failed, shaped after RFC 7807: a stable dotted `code` for programs, a `message` for people,
 * whether another attempt may help, and whatever the place of failure knows in `details`.
 */
export const ErrorData = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  details: JsonValue.optional(),
});
export type ErrorData = z.output<typeof ErrorData>;
