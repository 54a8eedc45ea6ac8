// What the tests of events share: an engine that serves, definitions with triggers, and events that are given out until
// they are dealt with. Everything but whoever deals with events lives on when that dies.
import type { CloudEvent } from '../../../events/cloud-event.ts';
import type { EventEffect, EventOutcome } from '../../../events/event-outcome.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { createDispatching, type DispatchingDeps } from '../../../src/engine/triggers/dispatching.ts';
import { createHeldEvents } from '../../../src/engine/triggers/held-events.ts';
import { createHeldStart, createStillHeld } from '../../../src/engine/triggers/held-start.ts';
import { createKnownTriggers, type KnownTriggers } from '../../../src/engine/triggers/known-triggers.ts';
import type { InboxItem, KeptEvent } from '../../../src/ports/events/event-inbox.ts';
import type { PauseMark } from '../../../src/ports/events/trigger-admin.ts';
import type { MarkStore } from '../../../src/ports/mark-store.ts';
import { createMemoryMarkStore } from '../../../src/stores/memory/mark-store.ts';
import { createWorld, settled } from '../node-world.ts';

export type Emitted = {
  readonly type?: string;
  readonly body?: string;
  readonly by?: string;
} & Partial<CloudEvent>;

/** Who deals with events, until it is killed or stopped. */
export type Dispatcher = {
  readonly known: KnownTriggers;
  readonly stop: () => Promise<void>;
  /** Stops, and begins again: the lease was lost and won back. */
  readonly restart: () => Promise<void>;
};

/** Every call that whoever deals with events makes to the world goes through this. */
export type Through = <T>(what: string, call: () => Promise<T>) => Promise<T>;

export async function openDispatchWorld(
  texts: readonly string[],
  { authority }: Pick<DispatchingDeps, 'authority'> = {},
) {
  const world = createWorld();
  const { workflows, node } = await world.join('engine');
  await node.workOnAll();
  for (const text of texts) await define(text);
  const waiting = new Map<number, { readonly type: string; readonly body: string; readonly by?: string }>();
  /** All events that there were, as the stream keeps them. */
  const kept = new Map<number, KeptEvent>();
  const marks = createMemoryMarkStore();
  const outcomes = new Map<number, EventOutcome>();
  const notes: EventOutcome[] = [];
  const paused = new Map<string, PauseMark>();
  const pauseListeners = new Set<() => void>();
  const troubles: unknown[] = [];
  const again: number[] = [];
  let emitted = 0;
  let wake = (): void => undefined;

  async function define(text: string): Promise<void> {
    const read = loadDefinition({ file: 'of-the-test.yaml', content: text });
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    await world.definitions.register({
      ref: read.loaded.ref,
      text: read.loaded.text,
      file: 'of-the-test.yaml',
    });
  }

  function emit({ body, by, ...event }: Emitted): number {
    emitted += 1;
    const type = event.type ?? 'order.paid';
    const whole = {
      specversion: '1.0',
      id: `e${emitted}`,
      source: '/shop',
      time: '2026-01-01T00:00:00Z',
      ...event,
      type,
    };
    const item = { type, body: body ?? JSON.stringify(whole), ...(by === undefined ? {} : { by }) };
    waiting.set(emitted, item);
    kept.set(emitted, { position: emitted, ...item });
    wake();

    return emitted;
  }

  async function* take(signal: AbortSignal, through: Through): AsyncGenerator<InboxItem> {
    const given = new Set<number>();
    signal.addEventListener('abort', () => wake());
    while (!signal.aborted) {
      const next = [...waiting].find(([position]) => !given.has(position));
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const [position, item] = next;
      given.add(position);
      yield {
        position,
        ...item,
        done: () => through('done', async () => void waiting.delete(position)),
        again: (delayMs) => {
          again.push(delayMs);
          world.clock.after(delayMs, () => {
            given.delete(position);
            wake();
          });
        },
      };
    }
  }

  /** `planted` replaces parts of the world. */
  function dispatch(
    through: Through = (_what, call) => call(),
    planted: Partial<DispatchingDeps> = {},
  ): Dispatcher {
    let stopping = new AbortController();
    const known = createKnownTriggers({ ...world, onTrouble: (error) => troubles.push(error) });
    const { journal, commands, runSecrets } = world;
    const deps = {
      known: { ...known, settled: () => through('settled', known.settled) },
      paused: {
        ready: Promise.resolve(),
        of: (...names: [string, string]) => paused.get(names.join('/')),
        onChange: (listener: () => void) => {
          pauseListeners.add(listener);
          return () => void pauseListeners.delete(listener);
        },
      },
      reader: {
        last: (each: string) => through('last', () => journal.last(each)),
        archived: async () => undefined,
        first: (each: string) => through('read', async () => (await collected(journal.read(each)))[0]),
      },
      commands: {
        ...commands,
        request: (...asked: Parameters<typeof commands.request>) =>
          through('request', () => commands.request(...asked)),
      },
      runSecrets: {
        keep: (...kept: Parameters<typeof runSecrets.keep>) =>
          through('keep', () => runSecrets.keep(...kept)),
      },
      awaiting: { of: (name: string) => through('awaiting', () => awaiting(name)) },
      inbox: {
        silentMs: 10_000,
        take: ({ signal }: { readonly signal: AbortSignal }) => take(signal, through),
        read: (position: number) => through('inbox.read', async () => kept.get(position)),
      },
      outcomes: {
        of: (position: number) => through('of', async () => outcomes.get(position)),
        note: (outcome: EventOutcome) =>
          through('note', async () => {
            outcomes.set(outcome.position, outcome);
            notes.push(outcome);
          }),
      },
      clock: world.clock,
      authority,
      onTrouble: (error: unknown) => troubles.push(error),
    };
    const held = createHeldEvents({
      ...deps,
      marks: marksThrough(marks, through),
      start: createHeldStart(deps),
      stillHeld: createStillHeld(deps),
    });
    const { run } = createDispatching({ ...deps, held, ...planted });
    const both = async (signal: AbortSignal) => void (await Promise.all([run(signal), held.run(signal)]));
    let done = both(stopping.signal);

    return {
      known,
      stop: async () => {
        stopping.abort();
        known.close();
        await done;
      },
      restart: async () => {
        stopping.abort();
        await done;
        stopping = new AbortController();
        done = both(stopping.signal);
      },
    };
  }

  async function awaiting(name: string): Promise<readonly string[]> {
    const runs: string[] = [];
    for await (const last of world.journal.lastOfEach()) {
      if (last.kind === 'record' && last.record.data.head.awaits?.includes(name) === true)
        runs.push(last.run);
    }

    return runs;
  }

  /** Pauses a trigger, as `definition/trigger`, or resumes it. */
  function pause(trigger: string, mark: PauseMark | undefined): void {
    if (mark === undefined) paused.delete(trigger);
    else paused.set(trigger, mark);
    for (const listener of [...pauseListeners]) listener();
  }

  /** The first records of all runs that a trigger started. */
  async function triggered() {
    const all = await workflows.list();

    return all.filter(({ head }) => head.trigger !== undefined);
  }

  return {
    ...world,
    workflows,
    define,
    emit,
    dispatch,
    outcomes,
    marks,
    kept,
    notes,
    paused,
    pause,
    troubles,
    again,
    waiting,
    triggered,
  };
}

function marksThrough(marks: MarkStore, through: Through): MarkStore {
  return {
    read: (key) => through('mark.read', () => marks.read(key)),
    write: (...of) => through('mark.write', () => marks.write(...of)),
    remove: (...of) => through('mark.remove', () => marks.remove(...of)),
    all: (first) => through('mark.all', () => marks.all(first)),
  };
}

export type DispatchWorld = Awaited<ReturnType<typeof openDispatchWorld>>;

async function collected<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);

  return all;
}

/** Everything that happens without the clock has happened. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn += 1) await settled();
}

/** The event that an order was paid. */
export const paid = (order: string, amount = 20) => ({ data: { order, amount } });
/** What everybody made of an event. */
export const kinds = (world: DispatchWorld, position: number) =>
  world.outcomes.get(position)?.effects.map(({ kind }) => kind);

export function effect(world: DispatchWorld, position: number): EventEffect | undefined {
  return world.outcomes.get(position)?.effects[0];
}

/** With somebody who deals with what is emitted. */
export async function opened(texts: readonly string[], more: Parameters<typeof openDispatchWorld>[1] = {}) {
  const world = await openDispatchWorld(texts, more);
  const dispatcher = world.dispatch();

  return {
    ...world,
    dispatcher,
    known: dispatcher.known,
    emitted: async (...events: readonly Parameters<DispatchWorld['emit']>[0][]) => {
      const positions = events.map(world.emit);
      await settle();
      return positions;
    },
  };
}
