import type { RunDetail } from '../../../api/run.ts';
import { useApi } from '../../api/client.ts';

export type KnownDetails = {
  readonly known: ReadonlyMap<string, RunDetail>;
  /** Why there is nothing, or nothing newer; null while all is well. */
  readonly error: unknown;
  readonly retry: () => void;
};

/** As many as are asked for at once. */
const CHUNK = 25;

/** What takes reading runs, by their ids: 25 at most. Those that are not known yet are not in it. */
export function useRunDetails(
  runs: readonly string[],
  { isEnabled }: { readonly isEnabled: boolean },
): KnownDetails {
  const { data, error, refetch } = useApi(
    ['run-details'],
    { runs: runs.slice(0, CHUNK).join() },
    { isEnabled: isEnabled && runs.length > 0, keepsPrevious: true },
  );

  return {
    known: new Map(data?.runs.map((detail) => [detail.run, detail])),
    error,
    retry: () => void refetch(),
  };
}

/** The runs among which that of a row is asked for: the same for all rows near it, so that they are asked together. */
export function chunkOf(runs: readonly string[], index: number): readonly string[] {
  const begin = Math.floor(index / CHUNK) * CHUNK;

  return runs.slice(begin, begin + CHUNK);
}
