import { z } from 'zod';
import { defineEvent } from './define-event.ts';
import { ErrorData } from './error-data.ts';
import { JsonValue } from './json-value.ts';

/** Names a definition beyond doubt: `hash` is the SHA-256 of its canonical text, in lower-case hex. */
export const DefinitionRef = z.object({ id: z.string(), version: z.int().positive(), hash: z.string() });
export type DefinitionRef = z.output<typeof DefinitionRef>;

/** The first event of every run. The run replays on exactly the definition named here. */
export const RunStarted = defineEvent('run.started', 1, {
  run: z.string(),
  definition: DefinitionRef,
  input: z.record(z.string(), JsonValue),
  /** The initial variables, where the definition declares any. */
  variables: z.record(z.string(), JsonValue).optional(),
});

/** Nothing new is scheduled until the run is resumed; attempts in flight finish and are recorded. */
export const RunPaused = defineEvent('run.paused', 1, { reason: z.string().optional() });

export const RunResumed = defineEvent('run.resumed', 1, { reason: z.string().optional() });

/** The run was ended by hand, at once, without compensation. */
export const RunTerminated = defineEvent('run.terminated', 1, { reason: z.string().optional() });

/** Every task is settled and the output of the run, where it is made of expressions, is known. */
export const RunCompleted = defineEvent('run.completed', 1, { output: JsonValue });

/** The run failed although no task did: its output could not be made. */
export const RunFailed = defineEvent('run.failed', 1, { error: ErrorData });
