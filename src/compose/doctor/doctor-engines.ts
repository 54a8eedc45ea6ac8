import type { DoctorLine } from '../../cli/app.ts';
import type { Leases } from '../../ports/runs/leases.ts';

/** The engines that hold anything, each with its release. */
export async function engineLine({
  leases,
}: {
  readonly leases: Pick<Leases, 'holders'>;
}): Promise<DoctorLine> {
  const releases = new Map(
    [...(await leases.holders()).values()].map(({ node, release }) => [node, release ?? 'an older release']),
  );
  if (releases.size === 0)
    return { name: 'engine', status: 'ok', detail: 'none running; a command that needs one brings one up' };
  const engines = [...releases].map(([node, release]) => `${node} (${release})`);
  const detail = `${engines.length} running: ${engines.join(', ')}`;
  if (new Set(releases.values()).size === 1) return { name: 'engine', status: 'ok', detail };
  const fix =
    'bring all engines to one release: until then a run that uses something new waits for a newer one';

  return { name: 'engine', status: 'warn', detail: `${detail}: of different releases`, fix };
}
