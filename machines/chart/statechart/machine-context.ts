import type { StateValue } from 'xstate';
import type { ChartEvent } from '../chart-event.ts';
import type { RegionEvent } from '../region-event.ts';
import type { RootArgs } from '../run/root-patches.ts';
import type { RunState, TaskState } from '../run/run-state.ts';
import { type Owner, parseAddress } from '../task-at.ts';
import { isSettled } from '../task-status.ts';

/**
 * What a machine takes: a fact of the journal under its descriptor, or, without a fact, what the machine raises itself.
 * `to` is the address of the task that a raised event is for, `of` that of the task it tells of.
 */
export type MachineEvent = Partial<Pick<ChartEvent, 'fact' | 'time' | 'actor' | 'pass' | 'cause'>> & {
  readonly type: string;
  readonly to?: string;
  readonly of?: string;
  /** How much had been said when the event was raised. */
  readonly said?: number;
};

/** The fact that is being taken, for what is raised on the way. */
export type Now = Pick<ChartEvent, 'fact' | 'time' | 'actor'>;

/** One pass through a body: the configuration of the body's machine, and the passes inside of it. */
export type PassConfiguration = {
  readonly value: StateValue;
  readonly passes: Readonly<Record<string, PassConfiguration>>;
};

/** What a machine knows beside its configuration. Plain JSON. */
export type MachineContext = {
  /** The run; its tasks are those of the machine: of the run itself, or of one pass through a body. */
  readonly run: RunState;
  /** What the addresses of the tasks begin with; empty for those of the run itself. */
  readonly prefix: string;
  readonly now: Now | null;
  /** How many events were raised so far. */
  readonly said: number;
  /** The passes through the bodies of the tasks, by what the addresses in them begin with. */
  readonly passes: Readonly<Record<string, PassConfiguration>>;
  /** What a pass tells the machine that it is inside of. */
  readonly told: readonly MachineEvent[];
  /** The task that took the pass with it. */
  readonly sunk: string | null;
};

/** What named guards and actions get from XState. */
export type MachineArgs = { readonly context: MachineContext; readonly event: MachineEvent };

export function nowOf({ context, event }: MachineArgs): Now {
  const { fact, time, actor } = event;
  if (fact !== undefined && time !== undefined && actor !== undefined) return { fact, time, actor };
  if (context.now === null) throw new Error(`${event.type} was raised before the run took a fact`);

  return context.now;
}

/** The event as the declaration of the root knows it. */
export function rootArgs(args: MachineArgs): RootArgs {
  const { context, event } = args;
  const blamed = event.of === undefined ? {} : { blamed: event.of };

  return { context: { run: context.run }, event: { ...nowOf(args), type: event.type, ...blamed } };
}

/** The event as the declarations of regions know it. */
export function regionEvent(args: MachineArgs, id: string): RegionEvent {
  const { context, event } = args;
  const { pass, cause } = event;

  return {
    ...nowOf(args),
    type: event.type,
    ...(pass === undefined ? {} : { pass }),
    ...(cause === undefined ? {} : { cause }),
    run: context.run,
    address: context.prefix + id,
  };
}

export function taskIn({ run }: MachineContext, id: string): TaskState {
  const task = run.tasks[id];
  if (task === undefined) throw new Error(`the run has no task ${id}`);

  return task;
}

/** The task that an event is for; undefined for one that is for all who hear it. */
export function addressedTo({ to, fact }: MachineEvent): string | undefined {
  if (to !== undefined) return to;

  return fact !== undefined && 'task' in fact.data ? fact.data.task : undefined;
}

/** The pass that leads to the task that an event is for; undefined where that is not inside of one of `id`. */
export function passTo({ context, event }: MachineArgs, id: string): Owner | undefined {
  const text = addressedTo(event);
  if (text === undefined || !text.startsWith(context.prefix)) return undefined;
  const [owner] = parseAddress(text.slice(context.prefix.length))?.owners ?? [];

  return owner?.id === id ? owner : undefined;
}

/** What the run still waits for of another run has no region any more. */
export function endsOrphan({ context, event }: MachineArgs): boolean {
  const { fact } = event;
  if (fact?.type !== 'child.ended') return false;
  const { run } = fact.data;

  return (context.run.orphans ?? []).some((orphan) => orphan.run === run);
}

/** An end of a task, where its region comes to rest. What waits aside to undo others has not ended. */
export function isEnd(state: string): boolean {
  return state !== 'standby' && isSettled({ state, attempt: 0 });
}
