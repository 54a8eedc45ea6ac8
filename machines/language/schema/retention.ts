import type { z } from 'zod';
import { type Retention, retentionEnds } from '../../retention/retention.ts';
import { choice, duration, strict } from './shapes.ts';

/** Books are kept for ten years in many places, and some records for a lifetime. */
const daysMax = 36_600;

/** The value of `retention:`, of a definition and of a project. */
export const retention = strict({
  keep: duration({ daysMax }).describe('So long a run stays in the journal after its end.'),
  // biome-ignore lint/suspicious/noThenProperty: a key of the language, and nobody awaits its schema.
  then: choice(retentionEnds).optional().describe('What becomes of it then. Default archive.'),
});

export function normaliseRetention({ keep, then: after = 'archive' }: z.output<typeof retention>): Retention {
  return { keepMs: keep, after };
}
