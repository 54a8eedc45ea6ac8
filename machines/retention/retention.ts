import { formatDuration } from '../language/duration.ts';

/** What becomes of a run whose time in the journal is over. */
export const retentionEnds = ['archive', 'drop', 'keep_head'] as const;

/** How long an ended run stays in the journal, and what becomes of it then. */
export type Retention = { readonly keepMs: number; readonly then: (typeof retentionEnds)[number] };

/** As it is written, such as `keep 30d, then archive`. */
export function retentionText({ keepMs, then }: Retention): string {
  return `keep ${formatDuration(keepMs)}, then ${then}`;
}
