import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { CheckReport } from '../../../api/definitions.ts';
import { postJson } from '../../api/client.ts';
import { useSettled } from '../../editor/settled.ts';

const SETTLED_MS = 250;

export type Check = {
  /** Of the latest text that was checked. */
  readonly report: CheckReport | undefined;
  /** The text has changed since. */
  readonly isBehind: boolean;
  readonly error: unknown;
};

/** What the checker of the engine says about a text, a quarter of a second after it was last changed. */
export function useCheck(text: string, file: string): Check {
  const settled = useSettled(text, SETTLED_MS);
  const { data, error, isFetching } = useQuery({
    // Not under `definitions`: what the stream tells of those does not change what a text means.
    queryKey: ['check', file, settled],
    queryFn: () => postJson<CheckReport>(['definitions', 'check'], { text: settled, file }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });

  return { report: data, isBehind: isFetching || settled !== text, error };
}
