import { createQuotas, type QuotaGate } from '../../engine/quotas.ts';
import type { RunReader } from '../../engine/run-reader/run-reader.ts';
import { readServed } from '../../project/serve-file.ts';
import type { JetStreamHandle } from '../../stores/jetstream/connect.ts';
import { isDeadHere } from '../holder.ts';
import { systemClock } from '../system-clock.ts';

/** What serve.yaml lets the namespace use. While it cannot be used, what it said before counts. */
export function openQuotas(
  projectDir: string,
  { leases, bytesStored }: Pick<JetStreamHandle, 'leases' | 'bytesStored'>,
  reader: Pick<RunReader, 'runs'>,
): QuotaGate {
  let known = {};

  return createQuotas({
    limits: async () => {
      known = await readServed(projectDir).then(
        ({ quotas = {} }) => quotas,
        () => known,
      );
      return known;
    },
    live: () => liveRuns(reader),
    bytes: bytesStored,
    engines: async () => {
      const holders = [...(await leases.holders()).values()].filter((each) => !isDeadHere(each));
      return new Set(holders.map(({ node }) => node)).size;
    },
    clock: systemClock,
  });
}

export async function liveRuns({ runs }: Pick<RunReader, 'runs'>): Promise<number> {
  const counts = await runs.counts({ isEnded: false });

  return counts.reduce((sum, { count }) => sum + count, 0);
}
