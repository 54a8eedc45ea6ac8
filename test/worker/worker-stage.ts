// A worker on the memory queue, whose engine is the test: it sees every report and says how each is answered.
import type { Json } from '../../events/canonical-json.ts';
import {
  attemptKeyOf,
  type Hello,
  protocolVersion,
  Report,
  type ReportAnswer,
  type WorkItem,
} from '../../events/worker-protocol.ts';
import type { ClaimedItem, WorkerLink } from '../../src/ports/work/worker-link.ts';
import { createMemoryWork } from '../../src/stores/memory/work-queue.ts';
import { type RunningWorker, runWorker } from '../../src/worker/run-worker.ts';
import type { Work, WorkHandlers } from '../../src/worker/work.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

export type WorkerStage = {
  readonly clock: ManualClock;
  readonly worker: RunningWorker;
  /** Every report, in order: also those that were not answered. */
  readonly reports: readonly Report[];
  /** The reports of a kind. */
  readonly told: <Kind extends Report['kind']>(kind: Kind) => readonly Extract<Report, { kind: Kind }>[];
  readonly hellos: readonly Hello[];
  readonly troubles: readonly string[];
  /** How reports are answered from now on. Nothing: the engine is away, and the worker asks again. */
  readonly answer: (given: ReportAnswer | undefined) => void;
  readonly offer: (task: string, more?: Partial<WorkItem>) => Promise<void>;
  /** The engine says that the attempt is over. */
  readonly withdraw: (task: string) => Promise<void>;
  readonly callRoll: () => void;
  /** Nothing is heard of the worker by the queue any more, until it claims again. */
  readonly mute: () => void;
  /** Whether the item is in the queue for another worker of the agent. */
  readonly isFree: (task: string) => Promise<boolean>;
};

export const granted: ReportAnswer = { ok: true, heartbeatMs: 3_000 };
export const refused = denied('drop');
export const toldToWait = denied('wait');
const agent = 'PAINTER';
const run = 'run-1';

/** `aliveMs` is that of the queue: 10 s. */
export function createWorkerStage(
  handlers: WorkHandlers,
  {
    capacity = 1,
    reportBytesMax = 10_000,
  }: { readonly capacity?: number; readonly reportBytesMax?: number } = {},
): WorkerStage {
  const clock = createManualClock();
  const memory = createMemoryWork(clock, { shardCount: 1, itemBytesMax: reportBytesMax });
  const reports: Report[] = [];
  const hellos: Hello[] = [];
  const troubles: string[] = [];
  let answer: ReportAnswer | undefined = granted;
  memory.presence.onHello((hello) => hellos.push(hello));
  void memory.queue.serve(0, async (_agent, raw) => {
    const report = Report.parse(raw);
    reports.push(report);
    if (answer === undefined) throw new Error('the engine is away');

    return answer as Json;
  });
  const deliveries = countDeliveries(memory.link());
  const introduction = {
    ...{ agent, worker: 'painter-1', skills: ['paint'], capacity, language: 'test', host: 'here' },
  };
  const onProgress = (message: string) => troubles.push(message);
  const stage: WorkerStage = {
    clock,
    worker: runWorker(introduction, { link: deliveries.link, clock, handlers, onProgress }),
    reports,
    told: (kind) => reports.filter((report) => report.kind === kind) as never,
    hellos,
    troubles,
    answer: (given) => {
      answer = given;
    },
    offer: (task, more = {}) => memory.queue.offer({ ...itemOf(task), ...more }),
    withdraw: (task) =>
      memory.queue.withdraw({
        agent,
        attemptKey: attemptKeyOf(itemOf(task)),
        reason: 'the run was cancelled',
      }),
    callRoll: () => memory.presence.callRoll(),
    mute: deliveries.mute,
    isFree: (task) => isFree(memory, task),
  };

  return stage;
}

/** A handler that works until the test ends it, and heeds its signal. */
export function openHandler() {
  const works: Work[] = [];
  const ends: ((result: string) => void)[] = [];
  const handler = (work: Work) =>
    new Promise<string>((resolve, reject) => {
      works.push(work);
      ends.push(resolve);
      work.signal.addEventListener('abort', () => reject(work.signal.reason));
    });

  return { handler, works, end: (index: number, result = 'painted') => ends[index]?.(result) };
}

/** Moves the clock in small strides, so that what a timer starts can go on in between. */
export async function pass(stage: WorkerStage, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    stage.clock.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export const soon = { timeout: 5_000, interval: 5 };

/** As on a real server only the newest delivery counts: words about an older one are heard by nobody. */
function countDeliveries(link: WorkerLink) {
  const newest = new Map<string, ClaimedItem>();
  let muted: ClaimedItem | undefined;

  return {
    mute: () => {
      muted = [...newest.values()].at(-1);
    },
    link: {
      ...link,
      claim: async (...given: Parameters<WorkerLink['claim']>) => {
        const claimed = await link.claim(...given);
        if (claimed === undefined) return undefined;
        const key = attemptKeyOf(claimed.item);
        newest.set(key, claimed);
        const counts = () => newest.get(key) === claimed && muted !== claimed;

        return {
          item: claimed.item,
          alive: () => (counts() ? claimed.alive() : undefined),
          done: async () => (counts() ? claimed.done() : undefined),
          giveBack: async (delayMs: number) => (counts() ? claimed.giveBack(delayMs) : undefined),
        };
      },
    },
  };
}

/** Looks without taking: what is there is given back at once, in the same turn. */
async function isFree(memory: ReturnType<typeof createMemoryWork>, task: string): Promise<boolean> {
  const over = new AbortController();
  const claiming = memory.link().claim(agent, { waitMs: 1_000, signal: over.signal });
  over.abort();
  const claimed = await claiming;
  await claimed?.giveBack(0);

  return claimed?.item.task === task;
}

function itemOf(task: string): WorkItem {
  return {
    protocol: protocolVersion,
    run,
    task,
    attempt: 1,
    key: `${run}/${task}`,
    token: `token of ${task}`,
    agent,
    definition: { id: 'paint', version: 1 },
    input: { colour: 'red' },
    offeredAt: '2026-01-01T00:00:00.000Z',
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  };
}

function denied(next: 'drop' | 'wait'): ReportAnswer {
  return { ok: false, code: 'task.not-open', message: 'over', next, retryAfterMs: 7_000 };
}
