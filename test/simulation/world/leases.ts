import type { Holder, Leases } from '../../../src/ports/runs/leases.ts';
import type { Link } from './link.ts';
import type { World } from './world.ts';

type Held = { readonly holder: Holder; readonly token: number; readonly stopExpiry: () => void };
type Told = (key: string, holder: Holder | undefined) => void;

/** Leases as a server keeps them; a process reaches them through its link. */
export type LeaseServer = {
  readonly of: (link: Link) => Leases;
  /** Who holds leases, each with since when it has held any without a gap, in virtual ms. */
  readonly heldSince: () => ReadonlyMap<string, number>;
};

export function createLeaseServer(world: World, ttlMs: number): LeaseServer {
  const { agenda, random, faults } = world;
  const leases = new Map<string, Held>();
  const watchers = new Map<Link, Set<Told>>();
  const heldSince = new Map<string, number>();
  let revision = 0;

  function tell(key: string, holder: Holder | undefined): void {
    for (const [link, listeners] of watchers) {
      const delayMs = faults.strikes('late watch') ? random.between(500, 15_000) : world.latencyMs();
      for (const told of listeners) link.receive(() => told(key, holder), delayMs);
    }
  }

  function drop(key: string): void {
    const held = leases.get(key);
    held?.stopExpiry();
    leases.delete(key);
    const node = held?.holder.node ?? '';
    if (![...leases.values()].some(({ holder }) => holder.node === node)) heldSince.delete(node);
    tell(key, undefined);
  }

  function hold(key: string, holder: Holder): number {
    leases.get(key)?.stopExpiry();
    revision += 1;
    const isEarly = faults.strikes('early expiry');
    if (isEarly) world.disturb();
    const lifeMs = isEarly ? random.next() * ttlMs : ttlMs + random.next() * 250;
    const token = revision;
    leases.set(key, { holder, token, stopExpiry: agenda.after(lifeMs, () => drop(key)) });
    if (!heldSince.has(holder.node)) heldSince.set(holder.node, agenda.nowMs());

    return token;
  }

  function claim(key: string, holder: Holder): number | undefined {
    const held = leases.get(key)?.holder;
    if (held !== undefined && held.node !== holder.node) return undefined;
    const token = hold(key, holder);
    if (held === undefined) tell(key, holder);

    return token;
  }

  return {
    heldSince: () => heldSince,
    of: (link) => ({
      ttlMs,
      claim: (key, holder) => link.ask(`claim ${key}`, () => claim(key, holder)),
      renew: (key, holder, token) =>
        link.ask(`renew ${key}`, () => (leases.get(key)?.token === token ? hold(key, holder) : undefined)),
      release: (key, token) =>
        link.ask(`release ${key}`, () => {
          if (leases.get(key)?.token === token) drop(key);
        }),
      evict: (key, { node }) =>
        link.ask(`evict ${key}`, () => {
          if (leases.get(key)?.holder.node === node) drop(key);
        }),
      holders: () =>
        link.ask('holders', () => new Map([...leases].map(([key, { holder }]) => [key, holder] as const))),
      watch: async (onChange, signal) => {
        if (signal.aborted) return;
        const listeners = watchers.get(link) ?? new Set();
        watchers.set(link, listeners.add(onChange));
        signal.addEventListener('abort', () => listeners.delete(onChange));
        link.onEnd(() => watchers.delete(link));
        for (const [key, { holder }] of [...leases]) onChange(key, holder);
      },
    }),
  };
}
