import { z } from 'zod';
import { DefinitionText } from './definitions.ts';
import { TextProblem } from './problem.ts';

/** What is to be translated: JSON of the other engine. */
export const ImportRequest = DefinitionText.extend({
  /** Separate task definitions, which hold retries and time-outs: JSON. */
  tasks: z
    .string()
    .max(512 * 1024)
    .optional(),
});
export type ImportRequest = z.input<typeof ImportRequest>;

/** Definitions that were translated. Nothing is written: the text is for looking at first. */
export const ImportReport = z.object({
  definitions: z.array(
    z.object({
      name: z.string(),
      id: z.string(),
      version: z.int(),
      text: z.string(),
      /** What has no equivalent first. */
      entries: z.array(
        z.object({
          severity: z.enum(['info', 'warning', 'loss']),
          task: z.string().optional(),
          path: z.string(),
          construct: z.string(),
          reason: z.string(),
          became: z.string().optional(),
        }),
      ),
      problems: z.array(TextProblem),
    }),
  ),
});
export type ImportReport = z.output<typeof ImportReport>;
