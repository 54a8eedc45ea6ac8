// The queues of agents as a server keeps them, and what engines and workers say to each other through it.
import type { Json } from '../../../events/canonical-json.ts';
import {
  attemptKeyOf,
  type Hello,
  protocolVersion,
  type Report,
  type ReportAnswer,
  type StopNotice,
  type WorkItem,
} from '../../../events/worker-protocol.ts';
import { shardOf } from '../../../machines/shard.ts';
import type { Presence } from '../../../src/ports/work/agent-admin.ts';
import { type WorkQueue, WorkQueueUnavailable } from '../../../src/ports/work/work-queue.ts';
import type { Addressed, ClaimedItem, WorkerLink } from '../../../src/ports/work/worker-link.ts';
import type { ReportWatch } from '../laws/report-watch.ts';
import type { Link } from './link.ts';
import { createRequestServer } from './requests.ts';
import { createWorkShelf, type WorkShelf } from './work-shelf.ts';
import type { World } from './world.ts';

export type WorkServer = {
  readonly queueOf: (link: Link) => WorkQueue;
  readonly presenceOf: (link: Link) => Presence;
  readonly workerLinkOf: (link: Link) => WorkerLink;
  /** Sends a report once, whoever it is from. */
  readonly tell: (link: Link, agent: string, report: Report) => void;
  readonly shelf: WorkShelf;
};

/** How long the queue waits for a sign of life of a worker. */
const aliveMs = 10_000;
const reportMsMax = 5_000;
const nothing = () => undefined;

type WorkServerDeps = { readonly world: World; readonly shardCount: number; readonly watch: ReportWatch };

export function createWorkServer({ world, shardCount, watch }: WorkServerDeps): WorkServer {
  const { faults } = world;
  const shelf = createWorkShelf(world, aliveMs);
  const reports = createRequestServer(world, { mayComeLate: true });
  const hellos = createBroadcast<Hello>(world);
  const rolls = createBroadcast<undefined>(world);
  const stops = createBroadcast<{ readonly agent: string; readonly notice: StopNotice }>(world);
  const subjectOf = (agent: string, shard: number) => `${shard} ${agent}`;

  function withdrawn(agent: string, key: string, reason?: string): void {
    shelf.remove(agent, key);
    if (reason !== undefined && !faults.strikes('lost stop'))
      stops.tell({ agent, notice: { protocol: protocolVersion, attemptKey: key, reason } });
  }

  /** One report: asked again and again until somebody answers. */
  async function report(link: Link, item: WorkItem, { body, signal }: { body: string; signal: AbortSignal }) {
    const subject = subjectOf(item.agent, shardOf(item.run, shardCount));
    for (let attempt = 0; ; attempt += 1) {
      const answer = await reports.askOnce(link, subject, { body, timeoutMs: reportMsMax });
      if (answer !== undefined) return JSON.parse(answer) as ReportAnswer;
      await new Promise<void>(
        (resolve) => void link.clock.after(Math.min(50 * 2 ** attempt, 2_000), resolve),
      );
      signal.throwIfAborted();
    }
  }

  const handedItems = new WeakSet<Addressed>();
  const asHanded = (item: Addressed, told: Report): Report =>
    handedItems.has(item) ? { ...told, handed: true } : told;

  /** Of some items an engine grants the start in the name of the worker, as one that hands them out does. */
  async function handed(
    link: Link,
    claimed: ClaimedItem,
    { worker, signal }: { readonly worker: string; readonly signal: AbortSignal },
  ): Promise<ClaimedItem> {
    const { item } = claimed;
    const { run, task, attempt, token } = item;
    handedItems.add(item);
    const body = {
      kind: 'start',
      protocol: protocolVersion,
      run,
      task,
      attempt,
      token,
      worker,
      handed: true,
    };
    const keeping = link.clock.after(aliveMs / 3, claimed.alive);
    const subject = subjectOf(item.agent, shardOf(run, shardCount));
    const answer = await reports.askOnce(link, subject, {
      body: JSON.stringify(body),
      timeoutMs: aliveMs / 2,
    });
    keeping();
    const granted = answer === undefined || signal.aborted ? undefined : (JSON.parse(answer) as ReportAnswer);

    return granted?.ok === true ? { ...claimed, granted } : claimed;
  }

  return {
    shelf,
    tell: (link, agent, report) => {
      const subject = subjectOf(agent, shardOf(report.run, shardCount));
      void reports.askOnce(link, subject, { body: JSON.stringify(report), timeoutMs: reportMsMax });
    },
    queueOf: (link) => ({
      offer: (item) =>
        link.askPatiently(
          `offer ${attemptKeyOf(item).slice(-12)} to ${item.agent}`,
          () => shelf.put(item),
          (error) => new WorkQueueUnavailable(error.message),
        ),
      withdraw: ({ agent, attemptKey, reason }) =>
        link.ask(`withdraw ${attemptKey.slice(-12)} from ${agent}`, () =>
          withdrawn(agent, attemptKey, reason),
        ),
      serve: async (shard, handler) => {
        const agents = [...shelf.agents()];
        const ends = agents.map((agent) =>
          reports.serve(link, subjectOf(agent, shard), (body) =>
            watch.around(link, JSON.parse(body) as Json, async (raw) =>
              JSON.stringify(await handler(agent, raw)),
            ),
          ),
        );

        return async () => {
          for (const end of ends) end();
        };
      },
    }),
    presenceOf: (link) => ({
      onHello: (listener) => hellos.listen(link, listener),
      callRoll: () => {
        if (link.isAlive()) rolls.tell(undefined);
      },
    }),
    workerLinkOf: (link) => ({
      aliveMs,
      reportBytesMax: 1024 * 1024,
      claim: async (agent, { worker, ...options }) => {
        const claimed = await shelf.claim(link, agent, options);
        if (claimed === undefined || worker === undefined || !world.random.chance(0.5)) return claimed;

        return handed(link, claimed, { worker, signal: options.signal });
      },
      report: (item, told, signal) =>
        report(link, item, { body: JSON.stringify(asHanded(item, told)), signal }),
      takesHanded: nothing,
      hello: (hello) => {
        if (link.isAlive()) hellos.tell(hello);
      },
      onRollCall: (listener) => rolls.listen(link, () => listener()),
      onStop: (agent, listener) =>
        stops.listen(link, (told) => {
          if (told.agent === agent) listener(told.notice);
        }),
      close: async () => nothing(),
    }),
  };
}

type Broadcast<T> = {
  readonly tell: (told: T) => void;
  readonly listen: (link: Link, listener: (told: T) => void) => () => void;
};

/** Plain messages: whoever listens hears them, unless they are lost on the way. */
function createBroadcast<T>(world: World): Broadcast<T> {
  const listeners = new Map<(told: T) => void, Link>();

  return {
    tell: (told) => {
      if (!world.isReachable(false)) return;
      for (const [listener, link] of listeners) {
        if (world.faults.strikes('lost request')) continue;
        link.receive(() => {
          if (listeners.has(listener)) listener(told);
        });
      }
    },
    listen: (link, listener) => {
      listeners.set(listener, link);
      link.onEnd(() => listeners.delete(listener));

      return () => void listeners.delete(listener);
    },
  };
}
