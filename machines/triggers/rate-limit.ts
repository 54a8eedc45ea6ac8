import type { EventTrigger } from '../definition.ts';

/** Events that came through no more runs than this are taken as they come, unless the trigger says how many. */
const freeHopsMax = 4;

/** For deeper ones: traffic between definitions is not that deep, a loop soon is. */
const deepLimit = { limit: 60, perMs: 60_000 };

/** The runs that a trigger started lately, the oldest first. */
export type RecentStarts = readonly { readonly run: string; readonly atMs: number }[];

/** The rule that holds for an event of a trigger; undefined where it is taken whatever came before. */
export function rateLimitOf(
  { rateLimit }: Pick<EventTrigger, 'rateLimit'>,
  hops = 0,
): EventTrigger['rateLimit'] {
  return rateLimit ?? (hops > freeHopsMax ? deepLimit : undefined);
}

/** Whether the trigger may start the run now. One that it has started lately counts once, however often it is told. */
export function admitted(
  recent: RecentStarts,
  rule: NonNullable<EventTrigger['rateLimit']>,
  { run, nowMs }: { readonly run: string; readonly nowMs: number },
): { readonly ok: boolean; readonly recent: RecentStarts } {
  const current = recent.filter(({ atMs }) => atMs > nowMs - rule.perMs);
  if (current.some((each) => each.run === run)) return { ok: true, recent: current };
  if (current.length >= rule.limit) return { ok: false, recent: current };

  return { ok: true, recent: [...current, { run, atMs: nowMs }] };
}
