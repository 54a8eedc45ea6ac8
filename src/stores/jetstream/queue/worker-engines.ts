import { type EngineNote, protocolVersion, type WorkerNote } from '../../../../events/worker-protocol.ts';
import { sharedRoom } from '../../../../machines/agents/shared-room.ts';
import type { Link } from '../connection/link.ts';
import { createReportBatches, type ReportBatches } from './report-batches.ts';

/** The engines that hand items to a worker, and how much room each has there. */
export type WorkerEngines = {
  /** What an engine said of itself, and answered. */
  readonly heard: (note: EngineNote) => void;
  readonly isThere: (id: string) => boolean;
  readonly batches: (id: string) => ReportBatches | undefined;
  /** The others come before it, where there is less room than is asked for. */
  readonly hasHanded: (id: string) => void;
  readonly back: (id: string, item: number, delayMs: number) => void;
  /** What was reported to it is told to whoever owns the runs now. */
  readonly gone: (id: string) => void;
  /** Tells each engine its room, where that has changed; `always`: also where it has not. */
  readonly share: (always?: boolean) => void;
  /** Tells one engine its room, and what the worker has of it. */
  readonly tell: (id: string) => void;
  /** The same where an engine has something for the worker and may not hand it over. */
  readonly shareIfStarving: () => void;
  /** How many more items they have for the agent. */
  readonly waiting: () => number;
  /** What was reported may be lost, and so may the answers. */
  readonly lose: () => void;
  readonly close: () => void;
};

type Engine = {
  readonly batches: ReportBatches;
  /** Of the items up to this one nothing more can come. */
  seen: number | undefined;
  room: number;
  waiting: number;
  heardMs: number;
};

/** An engine that is there says so more often. */
const SILENT_MS_MAX = 15_000;

type EnginesDeps = {
  readonly link: Link;
  readonly worker: string;
  /** Where an engine hears of the worker, and where the server says that it does not. */
  readonly subjectOf: (engine: string) => string;
  readonly replyOf: (engine: string) => string;
  /** The numbers of the items that the worker has of the engine, and how many of them take room. */
  readonly heldOf: (engine: string) => { readonly ids: readonly number[]; readonly busy: number };
  readonly roomForAll: () => number;
};

export function createWorkerEngines(deps: EnginesDeps): WorkerEngines {
  const { link, worker, subjectOf, replyOf, heldOf, roomForAll } = deps;
  const engines = new Map<string, Engine>();
  const of = { protocol: protocolVersion, worker } as const;

  function created(id: string): Engine {
    const head = { kind: 'reports', ...of } as const;
    const batches = createReportBatches(link, { head, subject: subjectOf(id), reply: replyOf(id) });
    const engine = { batches, seen: undefined, room: 0, waiting: 0, heardMs: 0 };
    engines.set(id, engine);

    return engine;
  }

  function remove(id: string): void {
    engines.get(id)?.batches.close();
    engines.delete(id);
  }

  function share(always = false): void {
    const sinceMs = performance.now() - SILENT_MS_MAX;
    for (const [id, { heardMs }] of engines) if (heardMs < sinceMs) remove(id);
    const each = [...engines].map(([id, { waiting, room }]) => ({ waiting, room, held: heldOf(id).busy }));
    const rooms = sharedRoom(roomForAll(), each);
    for (const [at, [id, engine]] of [...engines].entries()) {
      const room = rooms[at] ?? 0;
      if (room === engine.room && !always) continue;
      engine.room = room;
      tell(id);
    }
  }

  function shareIfStarving(): void {
    for (const [id, { waiting, room }] of engines)
      if (waiting > 0 && heldOf(id).busy >= room) {
        share();
        return;
      }
  }

  function tell(id: string): void {
    const { room, seen } = engines.get(id) ?? {};
    if (room !== undefined) say(id, { kind: 'room', ...of, room, held: [...heldOf(id).ids], seen });
  }

  function say(id: string, note: WorkerNote): void {
    if (link.isUp()) link.connection.publish(subjectOf(id), JSON.stringify(note), { reply: replyOf(id) });
  }

  return {
    isThere: (id) => engines.has(id),
    batches: (id) => engines.get(id)?.batches,
    heard: ({ engine: id, waiting, sent, answers }) => {
      const engine = engines.get(id) ?? created(id);
      engine.heardMs = performance.now();
      engine.waiting = waiting;
      engine.seen = sent ?? engine.seen;
      for (const { id: report, answer } of answers) engine.batches.answered(report, answer);
    },
    hasHanded: (id) => {
      const engine = engines.get(id);
      engines.delete(id);
      if (engine !== undefined) engines.set(id, engine);
    },
    back: (id, item, delayMs) => say(id, { kind: 'back', ...of, item, delayMs: Math.round(delayMs) }),
    gone: (id) => {
      remove(id);
      share();
    },
    share,
    tell,
    shareIfStarving,
    waiting: () => [...engines.values()].reduce((sum, { waiting }) => sum + waiting, 0),
    lose: () => {
      for (const { batches } of engines.values()) batches.lose();
    },
    close: () => {
      for (const id of [...engines.keys()]) remove(id);
    },
  };
}
