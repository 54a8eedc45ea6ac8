import type { Head } from '../../events/record.ts';

/** What started a run: its trigger, or `sub-workflow` for a part of another run, or `manual`. */
export function triggerOf({ trigger, parent }: Pick<Head, 'trigger' | 'parent'>): string {
  return trigger ?? (parent === undefined ? 'manual' : 'sub-workflow');
}
