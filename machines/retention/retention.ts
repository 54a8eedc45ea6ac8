import { formatDuration } from '../language/duration.ts';

/** What becomes of a run whose time in the journal is over. */
export const retentionEnds = ['archive', 'drop', 'keep_head'] as const;

/**
 * How long an ended run stays in the journal, and what becomes of it after that. (`then` in the text: an object with
 * such a member is taken for a promise.)
 */
export type Retention = { readonly keepMs: number; readonly after: (typeof retentionEnds)[number] };

/** As it is written, such as `keep 30d, then archive`. */
export function retentionText({ keepMs, after }: Retention): string {
  return `keep ${formatDuration(keepMs)}, then ${after}`;
}
