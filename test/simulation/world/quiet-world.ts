// A world in which nothing goes wrong and time passes by itself, so that a contract suite can use what stands in it.
import { createRandom } from '../kernel/random.ts';
import { createFaults } from './faults.ts';
import { createLink, type Link } from './link.ts';
import { createWorld, type World } from './world.ts';

export type QuietWorld = {
  readonly world: World;
  readonly link: (name: string) => Link;
  /** Lets so much virtual time pass. */
  readonly pass: (ms: number) => Promise<void>;
  readonly stop: () => void;
};

/** More than the way of a request and its answer takes. */
const answerMsMax = 500;

export function createQuietWorld(): QuietWorld {
  const random = createRandom(1);
  const world = createWorld({ random, faults: createFaults(random, []), startMs: Date.now() });
  let stopped = false;
  let untilMs = 0;
  // Requests are answered by themselves; what is further away, such as the end of a lease, comes when time is let pass.
  const go = (): void => {
    world.agenda.next(Math.max(untilMs, world.agenda.nowMs() + answerMsMax));
    if (!stopped) setImmediate(go);
  };
  go();

  return {
    world,
    link: (name) => createLink(world, name, { onCrash: () => undefined }),
    pass: (ms) => {
      untilMs = world.agenda.nowMs() + ms;

      return new Promise((resolve) => void world.agenda.after(ms, resolve));
    },
    stop: () => {
      stopped = true;
    },
  };
}
