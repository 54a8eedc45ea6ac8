// One who looks after events and dies at a certain call to the world.
import type { Through } from './dispatch-world.ts';

const never = new Promise<never>(() => undefined);

export type Death = { readonly at: number; readonly when: 'before' | 'after' };

/** Calls of one that dies at the given one: from then on nothing has an effect, and nothing comes back. */
export function mortal({ at, when }: Death): {
  readonly through: Through;
  readonly calls: () => number;
  readonly isDead: () => boolean;
} {
  let calls = 0;
  let isDead = false;

  return {
    calls: () => calls,
    isDead: () => isDead,
    through: async (_what, call) => {
      calls += 1;
      if (calls === at && when === 'before') isDead = true;
      if (isDead) return never;
      if (calls === at) {
        isDead = true;
        await call();
        return never;
      }
      const result = await call();
      return isDead ? never : result;
    },
  };
}
