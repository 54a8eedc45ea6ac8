import { z } from 'zod';

/** One thing that is wrong with a definition. Lines and columns count from 1. */
export const TextProblem = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  message: z.string(),
  /** Where in the document, such as `tasks.pay.timeout`. */
  path: z.string(),
  /** The file, where what is wrong stands in one. */
  file: z.string().optional(),
  line: z.int().optional(),
  column: z.int().optional(),
  /** How much of the line is meant. */
  length: z.int().optional(),
  /** The line itself. */
  sourceLine: z.string().optional(),
  endLine: z.int().optional(),
  endColumn: z.int().optional(),
  /** The text that would mend it, when there is one likely text. */
  fix: z.string().optional(),
});
export type TextProblem = z.output<typeof TextProblem>;

/** Why a request was not carried out: RFC 9457, `application/problem+json`. */
export const Problem = z.object({
  /** A page about the code, relative to the server. */
  type: z.string(),
  /** The status in words. */
  title: z.string(),
  status: z.int(),
  /** What is wrong, with the values that are. */
  detail: z.string(),
  /** Stable and dotted, for programs: that of the command line for the same failure. */
  code: z.string(),
  /** What would help, in words or as a command. */
  fix: z.string().optional(),
  /** Whether the same request may succeed later. */
  retryable: z.boolean(),
  /** What was found in a definition, or in what was sent. */
  problems: z.array(TextProblem).optional(),
});
export type Problem = z.output<typeof Problem>;
