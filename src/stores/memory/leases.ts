import type { Clock } from '../../ports/clock.ts';
import type { Holder, Leases, LeaseToken } from '../../ports/runs/leases.ts';

type Held = { readonly holder: Holder; readonly token: LeaseToken; readonly stopExpiry: () => void };
type OnChange = (key: string, holder: Holder | undefined) => void;

/** Leases in memory, for simulation tests: they expire by the given clock. */
export function createMemoryLeases(
  clock: Clock,
  { ttlMs = 10_000 }: { readonly ttlMs?: number } = {},
): Leases {
  const leases = new Map<string, Held>();
  const listeners = new Set<OnChange>();
  let revision = 0;

  const drop = (key: string): void => {
    leases.get(key)?.stopExpiry();
    leases.delete(key);
    for (const listener of [...listeners]) listener(key, undefined);
  };
  const hold = (key: string, holder: Holder): LeaseToken => {
    leases.get(key)?.stopExpiry();
    const token = ++revision;
    leases.set(key, { holder, token, stopExpiry: clock.after(ttlMs, () => drop(key)) });

    return token;
  };

  return {
    ttlMs,
    claim: async (key, holder) => {
      const held = leases.get(key)?.holder;
      if (held !== undefined && held.node !== holder.node) return undefined;
      const token = hold(key, holder);
      if (held !== undefined) return token;
      for (const listener of [...listeners]) listener(key, holder);

      return token;
    },
    renew: async (key, holder, token) => (leases.get(key)?.token === token ? hold(key, holder) : undefined),
    release: async (key, token) => {
      if (leases.get(key)?.token === token) drop(key);
    },
    evict: async (key, { node }) => {
      if (leases.get(key)?.holder.node === node) drop(key);
    },
    holders: async () => new Map([...leases].map(([key, { holder }]) => [key, holder])),
    watch: async (onChange, signal) => {
      if (signal.aborted) return;
      listeners.add(onChange);
      signal.addEventListener('abort', () => listeners.delete(onChange));
      for (const [key, { holder }] of [...leases]) onChange(key, holder);
    },
  };
}
