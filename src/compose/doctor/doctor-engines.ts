import { type FeatureGate, featureGates, memberText } from '../../../machines/feature-gates.ts';
import type { DoctorLine } from '../../cli/app.ts';
import type { Holder, Leases } from '../../ports/runs/leases.ts';

/** The engines that hold anything, each with its release, and what they may write while they are all there. */
export async function engineLines({
  leases,
}: {
  readonly leases: Pick<Leases, 'holders'>;
}): Promise<readonly DoctorLine[]> {
  const engines = new Map([...(await leases.holders()).values()].map((holder) => [holder.node, holder]));
  if (engines.size === 0) {
    const detail = 'none running; a command that needs one brings one up';
    return [{ name: 'engine', status: 'ok', detail }];
  }

  return [engineLine([...engines.values()]), featureLine(featureGates(engines.values()))];
}

function engineLine(engines: readonly Holder[]): DoctorLine {
  const detail = `${engines.length} running: ${engines.map(memberText).join(', ')}`;
  if (new Set(engines.map(({ release }) => release)).size === 1)
    return { name: 'engine', status: 'ok', detail };
  const fix =
    'bring all engines to one release: until then a run that uses something new waits for a newer one';

  return { name: 'engine', status: 'warn', detail: `${detail}: of different releases`, fix };
}

function featureLine(gates: readonly FeatureGate[]): DoctorLine {
  const open = gates.filter(({ closedBy }) => closedBy.length === 0).map(({ feature }) => feature);
  const closed = gates.filter(({ closedBy }) => closedBy.length > 0);
  const written = `may be written: ${open.join(', ') || 'nothing new'}`;
  if (closed.length === 0) return { name: 'features', status: 'ok', detail: written };
  const refused = closed.map(
    ({ feature, closedBy }) => `${feature}, which ${closedBy.map(({ node }) => node).join(', ')} cannot read`,
  );
  const fix = 'bring all engines to the newest release: docs/upgrading.md';

  return { name: 'features', status: 'warn', detail: `${written}; not: ${refused.join('; ')}`, fix };
}
