import type { CronTrigger } from '../../../machines/definition.ts';
import type { CompiledTrigger } from '../../../machines/triggers/compiled-trigger.ts';
import type { KnownTrigger } from './known-triggers.ts';
import { scheduleKey } from './schedule-marks.ts';

/** A known trigger that is a schedule. */
export type KnownSchedule = KnownTrigger & { readonly compiled: CompiledTrigger<CronTrigger> };

/** The schedules among triggers, in their order, by the keys of their marks. */
export function keyedSchedules(known: readonly KnownTrigger[]): ReadonlyMap<string, KnownSchedule> {
  return new Map(
    known.flatMap((each) => {
      const { trigger } = each.compiled;
      if (trigger.kind !== 'cron') return [];
      const schedule = { ...each, compiled: { ...each.compiled, trigger } };

      return [[scheduleKey(each.ref.id, each.compiled.id), schedule] as const];
    }),
  );
}
