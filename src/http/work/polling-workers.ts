import { type Hello, protocolVersion } from '../../../events/worker-protocol.ts';
import type { Clock } from '../../ports/clock.ts';
import type { WorkerLink } from '../../ports/work/worker-link.ts';

type Introduction = Pick<Hello, 'agent' | 'worker' | 'skills' | 'capacity' | 'language'>;

/** Presence of workers that speak HTTP: heard of while they poll for work or hold an item. */
export type PollingWorkers = {
  /** It polls for work; the returned function ends that. */
  readonly waits: (introduction: Introduction) => () => void;
  /** It holds an item, or reported about one. */
  readonly has: (claim: { readonly agent: string; readonly worker: string; readonly key: string }) => void;
  /** It no longer holds the item. */
  readonly ended: (claim: { readonly agent: string; readonly worker: string; readonly key: string }) => void;
};

type Known = Introduction & {
  readonly startedAt: string;
  /** When each item it holds was last heard of, by the item's key. */
  readonly items: Map<string, number>;
  waiting: number;
  heardAtMs: number;
};

const helloEveryMs = 5_000;
/** A worker that is silent for this long counts as gone. */
const silentMsMax = 15_000;
const knownMax = 10_000;

/** Announces workers that cannot do so themselves. */
export function createPollingWorkers(
  link: Pick<WorkerLink, 'hello' | 'onRollCall'>,
  clock: Clock,
): PollingWorkers {
  const known = new Map<string, Known>();

  function heard(name: Pick<Introduction, 'agent' | 'worker'>, introduction?: Introduction): Known {
    const id = `${name.agent} ${name.worker}`;
    const found = known.get(id);
    const now = clock.steady();
    const worker = {
      ...(found ?? {
        startedAt: new Date(clock.now()).toISOString(),
        items: new Map<string, number>(),
        waiting: 0,
      }),
      ...(introduction ?? found ?? { ...name, skills: [], capacity: 1, language: 'http' }),
      heardAtMs: now,
    };
    if (found !== undefined) return Object.assign(found, worker);
    forgetSilent(known, now);
    known.set(id, worker);

    return worker;
  }

  link.onRollCall(() => {
    for (const worker of known.values()) {
      if (worker.waiting > 0 || clock.steady() - worker.heardAtMs < silentMsMax)
        sayHello(link, worker, clock.steady());
    }
  });

  return {
    waits: (introduction) => {
      const worker = heard(introduction, introduction);
      worker.waiting += 1;
      let cancel = (): void => undefined;
      const again = (): void => {
        worker.heardAtMs = clock.steady();
        sayHello(link, worker, worker.heardAtMs);
        cancel = clock.after(helloEveryMs, again);
      };
      again();

      return () => {
        cancel();
        worker.waiting -= 1;
        worker.heardAtMs = clock.steady();
      };
    },
    has: ({ key, ...name }) => {
      const worker = heard(name);
      worker.items.set(key, clock.steady());
      sayHello(link, worker, clock.steady());
    },
    ended: ({ key, ...name }) => {
      const worker = heard(name);
      worker.items.delete(key);
      sayHello(link, worker, clock.steady());
    },
  };
}

function sayHello(link: Pick<WorkerLink, 'hello'>, worker: Known, now: number): void {
  const { items, waiting: _, heardAtMs: _at, ...introduction } = worker;
  for (const [key, atMs] of items) if (now - atMs > silentMsMax) items.delete(key);
  const running = items.size;
  link.hello({
    ...introduction,
    protocol: protocolVersion,
    running,
    utilisation: Math.min(1, running / introduction.capacity),
    host: 'http',
    everyMs: helloEveryMs,
    leaving: false,
  });
}

/** Callers choose the names of workers: these must not fill the memory. */
function forgetSilent(known: Map<string, Known>, now: number): void {
  for (const [id, { waiting, heardAtMs }] of known) {
    if (waiting === 0 && now - heardAtMs >= silentMsMax) known.delete(id);
  }
  const [oldest] = known.keys();
  if (known.size >= knownMax && oldest !== undefined) known.delete(oldest);
}
