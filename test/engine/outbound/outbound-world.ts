// A journal in memory with runs that are paused and resumed again and again, and followers that tell of them until
// they die in the middle of anything.
import type { CloudEvent } from '../../../events/cloud-event.ts';
import { createCharts } from '../../../src/engine/run-reader/charts.ts';
import { createRunReader } from '../../../src/engine/run-reader/run-reader.ts';
import type { KnownTrigger } from '../../../src/engine/triggers/known-triggers.ts';
import { createFollowing, type Following } from '../../../src/engine/triggers/triggers-node.ts';
import type { EventPublisher } from '../../../src/ports/events/event-publisher.ts';
import type { MarkStore } from '../../../src/ports/mark-store.ts';
import type { Journal } from '../../../src/ports/runs/journal.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { createMemoryJournal, type MemoryJournal } from '../../../src/stores/memory/journal.ts';
import { createMemoryMarkStore } from '../../../src/stores/memory/mark-store.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { recordBody } from '../../support/records.ts';

/** After so many calls of anything the follower is dead: the last call had its effect, or had not. */
export type Death = { readonly calls: number; readonly isDone: boolean };

/** Writes the next record of a run: paused, resumed, paused ..., or one that is told to nobody. */
export function createPausing(journal: Pick<MemoryJournal, 'append'>) {
  const runs = new Map<string, { sequence: number; position: number; isPaused: boolean }>();

  return async (run: string, isTold = true, awaits?: readonly string[]): Promise<number> => {
    const at = runs.get(run) ?? { sequence: 0, position: 0, isPaused: false };
    const isPaused = isTold !== at.isPaused;
    const sequence = at.sequence + 1;
    const told = isPaused ? 'run.paused' : 'run.resumed';
    const body = recordBody(run, {
      sequence,
      type: isTold ? told : 'task.heartbeat',
      data: {
        fact: isTold ? {} : { task: 'a', attempt: 1 },
        transitions: isTold ? [{ from: 'one', to: 'other' }] : [],
        head: {
          definition: { id: 'demo', version: 1, hash: 'f'.repeat(64) },
          status: isPaused ? 'PAUSED' : 'RUNNING',
          startedAt: '2026-01-01T00:00:00.000Z',
          settled: 0,
          tasks: 1,
          active: [],
          ...(awaits === undefined ? {} : { awaits }),
        },
      },
    });
    const position = await journal.append({ run, id: `${run}/${sequence}`, body, after: at.position });
    runs.set(run, { sequence, position, isPaused });

    return position;
  };
}

/** Nobody looks at what it is. */
const knownTrigger = {} as KnownTrigger;

const never = new Promise<never>(() => undefined);

export function createToldWorld() {
  const journal = createMemoryJournal();
  const marks = createMemoryMarkStore();
  const clock = createManualClock();
  const charts = createCharts(createMemoryDefinitionStore());
  const published: CloudEvent[] = [];
  const troubles: unknown[] = [];
  /** Who listens: changed by tests. */
  const audience = {
    isHeard: async () => true,
    settled: () => Promise.resolve(),
    types: new Set<string>(),
    always: true,
  };

  /** `publish` may fail, or take its time, before the event is there. */
  function follow({
    death = { calls: Number.POSITIVE_INFINITY, isDone: true },
    publish = () => Promise.resolve(),
    signal = new AbortController().signal,
    journal: followed = journal,
  }: {
    readonly death?: Death;
    readonly publish?: (event: CloudEvent) => Promise<void>;
    readonly signal?: AbortSignal;
    readonly journal?: Journal;
  } = {}): { readonly following: Following; readonly over: Promise<void>; readonly isDead: () => boolean } {
    let left = death.calls;
    let dead = false;
    const pass = async <T>(act: () => Promise<T>): Promise<T> => {
      left -= 1;
      if (left === 0 && !death.isDone) dead = true;
      if (dead) return never;
      const isLast = left === 0;
      const result = await act();
      if (isLast) dead = true;

      return dead ? never : result;
    };
    const mortal = mortalJournal(followed, pass);
    const following = createFollowing({
      journal: mortal,
      reader: createRunReader({ journal: mortal, charts }),
      marks: mortalMarks(marks, pass),
      events: { ...mortalEvents({ published, publish }, pass), isHeard: () => audience.isHeard() },
      known: {
        settled: () => audience.settled(),
        ofEvent: (type) => (audience.types.has(type) ? [knownTrigger] : []),
      },
      tellsAlways: () => audience.always,
      clock,
      onTrouble: (error) => troubles.push(error),
    });

    return { following, over: following.run(signal), isDead: () => dead };
  }

  /** Lets everything happen that can, and then some time pass, until it is so. */
  async function until(isSo: () => boolean): Promise<void> {
    for (let round = 0; round < 2_000; round += 1) {
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      if (isSo()) return;
      clock.advance(100);
    }
    throw new Error('it never comes to that');
  }

  return {
    journal,
    marks,
    clock,
    published,
    troubles,
    audience,
    follow,
    until,
    write: createPausing(journal),
  };
}

type Pass = <T>(act: () => Promise<T>) => Promise<T>;

function mortalJournal(journal: Journal, pass: Pass): Journal {
  return {
    ...journal,
    end: () => pass(() => journal.end()),
    watch: async function* (options) {
      for await (const stored of journal.watch(options)) yield await pass(async () => stored);
    },
  };
}

function mortalMarks(marks: MarkStore, pass: Pass): MarkStore {
  return {
    ...marks,
    read: (key) => pass(() => marks.read(key)),
    write: (key, value, revision) => pass(() => marks.write(key, value, revision)),
  };
}

function mortalEvents(
  to: { readonly published: CloudEvent[]; readonly publish: (event: CloudEvent) => Promise<void> },
  pass: Pass,
): EventPublisher {
  return {
    publish: (event) =>
      pass(async () => {
        await to.publish(event);
        to.published.push(event);
        return { stored: true };
      }),
  };
}
