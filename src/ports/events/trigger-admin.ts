import type { CloudEvent } from '../../../events/cloud-event.ts';
import type { EventOutcome } from '../../../events/event-outcome.ts';
import type { DefinitionRef } from '../../../events/run-events.ts';
import type { CronTrigger, Trigger } from '../../../machines/definition.ts';
import type { Refusal } from '../../../machines/run/decide/command.ts';
import type { ScheduleState } from '../../../machines/triggers/plan-schedule.ts';
import type { Published } from './event-publisher.ts';
import type { NotedOutcome, OutcomeFilter } from './outcome-filter.ts';

/** One trigger of the version of its definition that counts: the highest that is registered. */
export type TriggerView = {
  readonly definition: DefinitionRef;
  readonly id: string;
  readonly trigger: Trigger;
  readonly paused?: PauseMark;
  readonly flooded?: FloodMark;
  /** Absent where no event waits. */
  readonly held?: HeldSummary;
};

/** So many events wait, why, and when the next run is started (ISO 8601, UTC) as far as that is known by now. */
export type HeldSummary = {
  readonly events: number;
  readonly why: string;
  readonly nextAt: string;
};

/** When a trigger began to refuse events over its rate limit the last time (ISO 8601, UTC), and why. */
export type FloodMark = { readonly at: string; readonly message: string };

/** Somebody wants that a trigger starts nothing. `at` is ISO 8601, UTC. */
export type PauseMark = { readonly by: string; readonly at: string; readonly reason?: string };

/** A schedule, how far it has come (absent where no engine has looked at it yet) and when it is due next, ISO 8601. */
export type ScheduleView = TriggerView & {
  readonly trigger: CronTrigger;
  readonly state?: ScheduleState;
  readonly next: readonly string[];
};

/** Names a trigger; `definition` may be left out where only one definition has a trigger of that name. */
export type TriggerName = { readonly definition?: string | undefined; readonly trigger: string };

export type TriggerKind = 'trigger' | 'schedule';

/** Why something about a trigger was not done: `trigger.unknown`, `trigger.ambiguous`, `authority.level`, ... */
export type TriggerRefusal = Refusal;

/** The times of a backfill, ISO 8601, UTC; `there`: those whose run was started already, or waits to be. */
export type TriedBackfill = { readonly ticks: readonly string[]; readonly there: readonly string[] };

/** Where people look after what starts runs by itself. */
export interface TriggersDesk {
  /** In the order of their definitions, and of these. */
  triggers(): Promise<readonly TriggerView[]>;
  /** The schedules among them, with so many of the next times. */
  schedules(next: number): Promise<readonly ScheduleView[]>;
  /** `what` is what is looked for: triggers of any kind, which it is by itself, or schedules among them. */
  pause(
    name: TriggerName,
    options: {
      readonly by: string;
      readonly what?: TriggerKind | undefined;
      readonly reason?: string | undefined;
    },
  ): Promise<TriggerRefusal | undefined>;
  resume(
    name: TriggerName,
    options: { readonly by: string; readonly what?: TriggerKind | undefined },
  ): Promise<TriggerRefusal | undefined>;
  /** Has a schedule start a run now, whatever is going on. `run` is its id, from when an engine starts it. */
  runNow(
    name: TriggerName,
    options: { readonly by: string },
  ): Promise<TriggerRefusal | { readonly run: string }>;
  /** Has a schedule start the runs of the times between two others, one after another unless they may overlap. */
  backfill(
    name: TriggerName,
    options: { readonly by: string; readonly fromMs: number; readonly toMs: number },
  ): Promise<TriggerRefusal | { readonly ticks: readonly string[] }>;
  /** What a backfill would do, without doing it: refused as it would be. */
  tryBackfill(
    name: TriggerName,
    options: { readonly by: string; readonly fromMs: number; readonly toMs: number },
  ): Promise<TriggerRefusal | TriedBackfill>;
  /** Publishes an event. Rejects as EventPublisher does. */
  emit(event: CloudEvent, options: { readonly as: string }): Promise<TriggerRefusal | Published>;
  /** What became of the events that came in. */
  outcomes(filter: OutcomeFilter): Promise<readonly NotedOutcome[]>;
  outcome(position: number): Promise<EventOutcome | undefined>;
  /** Whether an engine is there that looks after triggers now. */
  isAttended(): Promise<boolean>;
  close(): Promise<void>;
}
