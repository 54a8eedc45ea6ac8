import {
  attemptKeyOf,
  type EngineNote,
  protocolVersion,
  type WorkerNote,
} from '../../../../events/worker-protocol.ts';
import { sharedRoom } from '../../../../machines/agents/shared-room.ts';
import type { Link } from '../connection/link.ts';
import { createReportBatches, type ReportBatches } from './report-batches.ts';

/** The engines that hand items to a worker, what it has of each, and how much room each has there. */
export type WorkerEngines = {
  /** What an engine said of itself, and answered. */
  readonly heard: (note: EngineNote) => void;
  readonly has: (id: string) => boolean;
  /** It takes no room any more once the returned function is called. */
  readonly take: (
    id: string,
    item: EngineNote['items'][number],
  ) => { readonly batches: ReportBatches; readonly ended: () => void };
  readonly back: (id: string, item: number, delayMs: number) => void;
  /** What was reported to it is told to whoever owns the runs now. */
  readonly gone: (id: string) => void;
  /** Tells each engine its room, where that has changed; `always`: also where it has not. */
  readonly share: (always?: boolean) => void;
  /** The same where an engine has something for the worker and may not hand it over. */
  readonly shareIfStarving: () => void;
  readonly held: () => number;
  /** How many more items they have for the agent. */
  readonly waiting: () => number;
  /** What was reported may be lost, and so may the answers. */
  readonly lose: () => void;
  readonly close: () => void;
};

type Engine = {
  readonly batches: ReportBatches;
  /** The attempt of each item, by its number. */
  readonly held: Map<number, string>;
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
  readonly roomForAll: () => number;
};

export function createWorkerEngines(deps: EnginesDeps): WorkerEngines {
  const { link, worker, subjectOf, replyOf, roomForAll } = deps;
  const engines = new Map<string, Engine>();
  const of = { protocol: protocolVersion, worker } as const;
  const sum = (each: (engine: Engine) => number): number =>
    [...engines.values()].reduce((total, engine) => total + each(engine), 0);

  function created(id: string): Engine {
    const head = { kind: 'reports', ...of } as const;
    const batches = createReportBatches(link, { head, subject: subjectOf(id), reply: replyOf(id) });
    const engine = {
      batches,
      held: new Map<number, string>(),
      seen: undefined,
      room: 0,
      waiting: 0,
      heardMs: 0,
    };
    engines.set(id, engine);

    return engine;
  }

  function gone(id: string): void {
    engines.get(id)?.batches.close();
    engines.delete(id);
    share();
  }

  function share(always = false): void {
    const sinceMs = performance.now() - SILENT_MS_MAX;
    for (const [id, { heardMs }] of engines) if (heardMs < sinceMs) engines.delete(id);
    const each = [...engines.values()].map(({ held, ...engine }) => ({ ...engine, held: held.size }));
    const rooms = sharedRoom(roomForAll(), each);
    for (const [at, [id, engine]] of [...engines].entries()) {
      const room = rooms[at] ?? 0;
      if (room === engine.room && !always) continue;
      engine.room = room;
      say(id, { kind: 'room', ...of, room, held: [...engine.held.keys()], seen: engine.seen });
    }
  }

  function shareIfStarving(): void {
    const isStarving = ({ waiting, held, room }: Engine): boolean => waiting > 0 && held.size >= room;
    if ([...engines.values()].some(isStarving)) share();
  }

  function say(id: string, note: WorkerNote): void {
    if (link.isUp()) link.connection.publish(subjectOf(id), JSON.stringify(note), { reply: replyOf(id) });
  }

  return {
    has: (id) => engines.has(id),
    heard: ({ engine: id, waiting, sent, answers }) => {
      const engine = engines.get(id) ?? created(id);
      engine.heardMs = performance.now();
      engine.waiting = waiting;
      engine.seen = sent ?? engine.seen;
      for (const { id: of, answer } of answers) engine.batches.answered(of, answer);
    },
    take: (id, { id: number, item }) => {
      const { held, batches } = engines.get(id) ?? created(id);
      // Handed once more: the engine knows the attempt by this number now.
      for (const [old, key] of held) if (key === attemptKeyOf(item)) held.delete(old);
      held.set(number, attemptKeyOf(item));
      const ended = (): void => {
        if (held.delete(number)) shareIfStarving();
      };

      return { batches, ended };
    },
    back: (id, item, delayMs) => {
      engines.get(id)?.held.delete(item);
      say(id, { kind: 'back', ...of, item, delayMs: Math.round(delayMs) });
    },
    gone,
    share,
    shareIfStarving,
    held: () => sum(({ held }) => held.size),
    waiting: () => sum(({ waiting }) => waiting),
    lose: () => {
      for (const { batches } of engines.values()) batches.lose();
    },
    close: () => {
      for (const { batches } of engines.values()) batches.close();
    },
  };
}
