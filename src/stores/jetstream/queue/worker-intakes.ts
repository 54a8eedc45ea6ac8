import {
  type Hello,
  isEndOfItem,
  type Report,
  type ReportAnswer,
} from '../../../../events/worker-protocol.ts';
import { untilAborted } from '../../../lib/abort.ts';
import type { Addressed } from '../../../ports/work/worker-link.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { pullMessages } from '../connection/pull-queue.ts';
import { claimedIn } from './work-claims.ts';
import { createWorkerIntake, type HeldItem, type WorkerIntake } from './worker-intake.ts';

type WorkerName = { readonly agent: string; readonly worker: string };
type Source = { readonly link: Link; readonly names: Names };

/** What the workers of this process are handed by engines, beside what they take from the queues of their agents. */
export type WorkerIntakes = {
  readonly of: (name: WorkerName) => WorkerIntake;
  /** Where its worker takes items that are handed to it, a hello says so. */
  readonly saying: (hello: Hello) => Hello;
  /** Tells the engine that handed the item; undefined where it did not answer, or nobody handed it. */
  readonly tell: (item: Addressed, report: Report, signal: AbortSignal) => Promise<ReportAnswer | undefined>;
  /** The report as whoever owns the run now has to have it. */
  readonly asHanded: (item: Addressed, report: Report) => Report;
  readonly stopped: (agent: string, attemptKey: string) => void;
  readonly close: () => void;
};

/** So often the queue is looked at by a worker to which engines hand as much as it takes, and for so long. */
const QUEUE_EVERY_MS = 5_000;
const QUEUE_LOOK_MS = 250;
/** What there was no room for is for others, before it is for this worker. */
const REFUSED_MS = 250;

export function createWorkerIntakes({ link, names }: Source): WorkerIntakes {
  const intakes = new Map<string, WorkerIntake & WorkerName>();
  const handed = new WeakMap<Addressed, { readonly held: HeldItem; readonly intake: WorkerIntake }>();
  const closing = new AbortController();

  function of({ agent, worker }: WorkerName): WorkerIntake {
    const key = `${agent} ${worker}`;
    const known = intakes.get(key);
    if (known !== undefined) return known;
    const onHanded = (held: HeldItem): void => void handed.set(held.item, { held, intake });
    const intake = createWorkerIntake({ link, names, agent, worker, onHanded });
    intakes.set(key, { ...intake, agent, worker });
    void pullInto(intake, { link, names, agent, signal: closing.signal });

    return intake;
  }

  const asHanded = (item: Addressed, report: Report): Report =>
    handed.has(item) ? { ...report, handed: true } : report;

  return {
    of,
    saying: (hello) => {
      const intake = intakes.get(`${hello.agent} ${hello.worker}`);
      intake?.says(hello);

      return intake === undefined ? hello : { ...hello, items: intake.inbox, handed: intake.handed() };
    },
    tell: async (item, report, signal) => {
      const { held, intake } = handed.get(item) ?? {};
      if (held?.engine === undefined || intake === undefined) return undefined;
      const batches = intake.engines.batches(held.engine);
      if (batches === undefined) return undefined;
      // What is not taken yet is told again, and keeps no place from other items meanwhile.
      const onAnswer = (answer: ReportAnswer): void => {
        if (isEndOfItem(report.kind)) intake.ended(held, !answer.ok && answer.next === 'wait');
      };

      return untilAborted(signal, batches.tell(held.id, asHanded(item, report), onAnswer));
    },
    asHanded,
    stopped: (agent, key) => {
      for (const intake of intakes.values()) if (intake.agent === agent) intake.stopped(key);
    },
    close: () => {
      closing.abort();
      for (const intake of intakes.values()) intake.close();
    },
  };
}

/** Items of the queue, from engines that hand none to the worker, and of those that have not heard of it yet. */
async function pullInto(
  intake: WorkerIntake,
  { link, names, agent, signal }: Source & { readonly agent: string; readonly signal: AbortSignal },
): Promise<void> {
  const pull = async (waitMs: number): Promise<void> => {
    const consumer = { stream: names.workStream, consumer: names.workConsumer(agent) };
    const options = { ...consumer, signal, untilMs: performance.now() + waitMs, room: async () => 1 };
    for await (const message of pullMessages(link, options)) {
      const claimed = claimedIn(link, agent, message);
      if (claimed === undefined || intake.give(claimed)) continue;
      void claimed.giveBack(REFUSED_MS);
      return;
    }
  };
  while (!signal.aborted) {
    const isWanted = await untilAborted(signal, firstOf(intake)).catch(() => false);
    if (signal.aborted) return;
    if (isWanted) await pull(QUEUE_EVERY_MS);
    else await lookOnce(intake, () => pull(QUEUE_LOOK_MS), signal);
  }
}

/** Whether somebody waits for an item, as soon as that is so; false where nobody did for a while. */
async function firstOf(intake: WorkerIntake): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, QUEUE_EVERY_MS, false).unref();
  });

  return Promise.race([intake.whenWanted().then(() => true), late]).finally(() => clearTimeout(timer));
}

async function lookOnce(intake: WorkerIntake, pull: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const release = await untilAborted(signal, intake.reserve()).catch(() => undefined);
  if (release === undefined) return;
  try {
    await pull();
  } finally {
    release();
  }
}
