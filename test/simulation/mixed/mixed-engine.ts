import type { EngineProcess } from '../world/engine-process.ts';
import type { Setting } from '../world/setting.ts';
import type { Release } from './release.ts';

/** A place in which engines of one release are replaced by those of another, and back again. */
export type MixedEngine = EngineProcess & {
  /** Ends the engine in order; the next one is of the other release. */
  readonly change: () => void;
  readonly release: () => Release['name'];
};

type Releases = Readonly<Record<Release['name'], Release>>;

type Current = {
  readonly release: Release;
  readonly process: EngineProcess;
  /** From then on nothing that it set for later happens: nobody begins it again. */
  readonly retire: () => void;
};

/** Processes of a place have names of their own, whichever release they are of. */
const namesApart = 10;
const changeMsMax = 30_000;

/** `mayGoBack`: the released version finds a journal that it can read. */
export function createMixedEngine(
  setting: Setting,
  place: number,
  {
    releases,
    first,
    mayGoBack,
  }: {
    readonly releases: Releases;
    readonly first: Release['name'];
    readonly mayGoBack: () => boolean;
  },
): MixedEngine {
  const { world } = setting;
  const { agenda } = world;
  let served = 0;
  /** From now on it stays one of this release. */
  let isSettled = false;
  let current = begin(releases[first]);

  function begin(release: Release): Current {
    let isRetiring = false;
    let isRetired = false;
    const over = (): void => {
      isRetired = true;
      agenda.after(100, () => {
        current = begin(releases[isSettled || release.name === 'released' ? 'this' : 'released']);
      });
    };
    const alive = new Set<string>();
    // Whoever looks which processes there are sees those of all places.
    const seen: Setting['alive'] = Object.assign(alive, {
      has: (name: string) => setting.alive.has(name),
      add: (name: string) => {
        setting.alive.add(name);
        if (release.name === 'released') setting.leaving?.older.add(name);
        return alive;
      },
      delete: (name: string) => {
        if (isRetiring && !isRetired) over();
        return setting.alive.delete(name);
      },
    });
    const own: Setting = {
      ...setting,
      alive: seen,
      charts: release.chartsOf(setting.kept.definitions),
      world: {
        ...world,
        agenda: {
          ...agenda,
          after: (ms, act) =>
            agenda.after(ms, () => {
              if (!isRetired) act();
            }),
        },
      },
    };
    served += 1;
    world.trace(`engine-${place + namesApart * served} is of ${release.name} release`);
    const process = release.createEngineProcess(own, place + namesApart * served);

    return {
      ...{ release, process },
      retire: () => {
        isRetiring = true;
        process.stop();
        // One that is just coming up cannot be stopped in order.
        agenda.after(changeMsMax, () => {
          if (!isRetired) process.crash();
        });
      },
    };
  }

  return {
    get name() {
      return current.process.name;
    },
    release: () => current.release.name,
    change: () => {
      if (current.release.name === 'this' && !mayGoBack()) return;
      world.trace(`!! ${current.process.name} is replaced by one of the other release`);
      world.disturb();
      current.retire();
    },
    stop: () => current.process.stop(),
    crash: () => current.process.crash(),
    pause: (forMs) => current.process.pause(forMs),
    setClock: (byMs) => current.process.setClock(byMs),
    serverIsBack: () => current.process.serverIsBack(),
    // The released version knows nothing of runs that leave.
    sweep: () => {
      if (current.release.name === 'this') current.process.sweep();
    },
    upgrade: () => {
      isSettled = true;
      if (current.release.name === 'released') current.retire();
      else current.process.upgrade();
    },
  };
}
