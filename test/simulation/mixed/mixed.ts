// Lives in which engines, workers and people of the released version and of this one share one world, and engines are
// replaced by those of the other release, there and back.
import type { Casting } from '../casting.ts';
import type { Setting } from '../world/setting.ts';
import { createMixedEngine } from './mixed-engine.ts';
import { type Release, thisRelease } from './release.ts';

/** An engine is replaced so often, in mean seconds. */
const changeSeconds = 20;

export function mixedCasting(released: Release): Casting & { readonly changes: () => number } {
  const releases = { this: thisRelease, released };
  let changes = 0;
  const oneOf = ({ world, leaving }: Setting): Release =>
    leaving !== undefined || world.random.chance(0.5) ? thisRelease : released;

  return {
    isMixed: true,
    // The released version does not know yet that it may not know everything.
    mayHave: (fault) => fault !== 'newer record',
    changes: () => changes,
    engine: (setting, place) => {
      const { agenda, random, faults } = setting.world;
      // Once the journal went on in another stream, a released engine finds none, and refuses to begin.
      const mayGoBack = () => (setting.leaving?.law.left().size ?? 0) === 0;
      const engine = createMixedEngine(setting, place, {
        ...{ releases, mayGoBack },
        first: random.pick(['this', 'released'] as const),
      });
      const plan = (): void =>
        void agenda.after(changeSeconds * 1_000 * (0.2 + 1.6 * random.next()), () => {
          if (!faults.areOn()) return;
          changes += 1;
          engine.change();
          plan();
        });
      plan();

      return engine;
    },
    worker: (setting, plan, index) => {
      const release = oneOf(setting);
      const charts = release.chartsOf(setting.kept.definitions);

      return release.createWorkerProcess({ ...setting, charts }, plan, index);
    },
    people: (setting) => {
      const release = oneOf(setting);
      const charts = release.chartsOf(setting.kept.definitions);
      const people = release.createPeople({ ...setting, charts });

      return { ...people, startAgain: people.startAgain ?? (() => undefined) };
    },
  };
}
