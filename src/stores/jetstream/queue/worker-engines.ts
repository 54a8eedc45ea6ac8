import {
  type EngineNote,
  protocolVersion,
  type Report,
  type ReportAnswer,
  type WorkerNote,
} from '../../../../events/worker-protocol.ts';
import { sharedRoom } from '../../../../machines/agents/shared-room.ts';
import type { Link } from '../connection/link.ts';
import { bytesOfParts, createMessageBatch } from './message-batch.ts';
import { ANSWER_MS_MAX } from './queries.ts';

/** The engines that hand items to a worker, and how much room each has there. */
export type WorkerEngines = {
  /** What an engine said of itself, and answered. */
  readonly heard: (note: EngineNote) => void;
  /** All of its items are taken: whatever it sent and the worker does not have now was lost. */
  readonly took: (note: EngineNote) => void;
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
    heard: ({ engine: id, waiting, answers }) => {
      const engine = engines.get(id) ?? created(id);
      engine.heardMs = performance.now();
      engine.waiting = waiting;
      for (const { id: report, answer } of answers) engine.batches.answered(report, answer);
    },
    took: ({ engine: id, sent }) => {
      const engine = engines.get(id);
      if (engine !== undefined) engine.seen = sent ?? engine.seen;
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

/** Reports to one engine. */
type ReportBatches = {
  /**
   * Undefined: no answer, so that whoever owns the run has to be told. `onAnswer` is called before what came with the
   * answer is looked at: an item may have come in place of the one that was reported.
   */
  readonly tell: (
    item: number,
    report: Report,
    onAnswer: (answer: ReportAnswer) => void,
  ) => Promise<ReportAnswer | undefined>;
  readonly answered: (id: number, answer: ReportAnswer | undefined) => void;
  /** What was told may be lost, and so may the answers. */
  readonly lose: () => void;
  /** The engine is gone: nothing is answered any more. */
  readonly close: () => void;
};

const SWEEP_MS = 500;

type Asked = { readonly answer: (answer: ReportAnswer | undefined) => void; readonly dueMs: number };

function createReportBatches(
  link: Link,
  {
    head,
    subject,
    reply,
  }: {
    readonly head: Omit<Extract<WorkerNote, { kind: 'reports' }>, 'reports'>;
    readonly subject: string;
    /** Where the server says that nobody listens to the subject. */
    readonly reply: string;
  },
): ReportBatches {
  const open = new Map<number, Asked>();
  let reports: { readonly id: number; readonly item: number }[] = [];
  let texts: string[] = [];
  let isClosed = false;
  let nextId = 0;
  let sweeper: NodeJS.Timeout | undefined;

  const batch = createMessageBatch(link, () => {
    const body = [JSON.stringify({ ...head, reports }), ...texts].join('\n');
    [reports, texts] = [[], []];
    if (link.isUp()) link.connection.publish(subject, body, { reply });
  });

  function settle(id: number, answer: ReportAnswer | undefined): void {
    const asked = open.get(id);
    open.delete(id);
    asked?.answer(answer);
  }

  /** One timer for all. The map is in the order of asking. */
  function sweep(): void {
    for (const [id, { dueMs }] of open) {
      if (dueMs > performance.now()) return;
      settle(id, undefined);
    }
    clearInterval(sweeper);
    sweeper = undefined;
  }

  function lose(): void {
    for (const id of [...open.keys()]) settle(id, undefined);
    clearInterval(sweeper);
    sweeper = undefined;
  }

  return {
    tell: (item, report, onAnswer) => {
      const text = JSON.stringify(report);
      if (isClosed || !link.isUp() || Buffer.byteLength(text) > bytesOfParts(link))
        return Promise.resolve(undefined);

      return new Promise((resolve) => {
        const id = nextId++;
        const answer: Asked['answer'] = (given) => {
          if (given !== undefined) onAnswer(given);
          resolve(given);
        };
        open.set(id, { answer, dueMs: performance.now() + ANSWER_MS_MAX });
        sweeper ??= setInterval(sweep, SWEEP_MS).unref();
        batch.add(text, () => {
          reports.push({ id, item });
          texts.push(text);
        });
      });
    },
    answered: settle,
    lose,
    close: () => {
      isClosed = true;
      lose();
    },
  };
}
