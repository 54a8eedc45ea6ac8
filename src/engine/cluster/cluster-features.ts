import { closedFeature, type Feature } from '../../../machines/feature-gates.ts';
import type { Refusal } from '../../../machines/run/decide/command.ts';
import type { Holder, Leases } from '../../ports/runs/leases.ts';

type Deps = {
  readonly leases: Pick<Leases, 'holders'>;
  /** The engine that asks, where it is one. */
  readonly holder?: Holder;
  readonly isDead: (holder: Holder) => boolean;
};

/**
 * Why a feature may not be written now: an engine that lives does not understand it, as far as leases tell. Asked right
 * before it is written: an engine that comes later leaves alone what it does not understand.
 */
export async function refusedFeature(
  { leases, holder, isDead }: Deps,
  feature: Feature,
): Promise<Refusal | undefined> {
  const living = [...(await leases.holders()).values()].filter((each) => !isDead(each));

  return closedFeature(feature, holder === undefined ? living : [holder, ...living]);
}
