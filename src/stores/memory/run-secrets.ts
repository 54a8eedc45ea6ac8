import type { Json } from '../../../events/canonical-json.ts';
import { isRunId } from '../../../machines/shard.ts';
import type { RunSecrets } from '../../ports/access/secrets.ts';

/** The secrets of runs in memory, for simulation tests: nothing is sealed and nothing expires. */
export function createMemoryRunSecrets(): RunSecrets {
  const kept = new Map<string, Readonly<Record<string, Json>>>();

  return {
    keep: async (run, values) => {
      kept.set(checked(run), values);
    },
    of: async (run) => kept.get(checked(run)) ?? {},
    forget: async (run) => {
      kept.delete(checked(run));
    },
  };
}

function checked(run: string): string {
  if (!isRunId(run)) throw new RangeError(`${JSON.stringify(run.slice(0, 80))} is not a run id`);

  return run;
}
