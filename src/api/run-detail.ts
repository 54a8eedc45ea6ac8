import { z } from 'zod';

/** What a list says of a run beyond its line: it takes reading the run. */
export const RunDetail = z.object({
  run: z.string(),
  /** The event that this is true after. */
  sequence: z.int(),
  /** Its inputs in the order of the definition, required ones first: at most four, each as one short line. */
  input: z.array(z.object({ name: z.string(), text: z.string() })),
  /** Attempts of its tasks together, those inside of others not counted. */
  attempts: z.int(),
  /** In the order of the definition, those inside of others left out. */
  tasks: z.array(z.object({ task: z.string(), status: z.string(), attempt: z.int() })),
});
export type RunDetail = z.output<typeof RunDetail>;

/** A run that cannot be told of is left out. */
export const RunDetails = z.object({ runs: z.array(RunDetail) });
export type RunDetails = z.output<typeof RunDetails>;
