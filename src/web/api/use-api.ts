import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { getJson, type Params } from './client.ts';

export type UseApiOptions = {
  readonly isEnabled?: boolean;
  /** Shows the answer to the question before while the next one is on its way. */
  readonly keepsPrevious?: boolean;
  /** How often it is asked again besides what the stream tells, in ms. */
  readonly everyMs?: number;
};

/** Reads a route; its query key is the segments of its path and then its parameters, when there are any. */
export function useApi<T>(
  segments: readonly string[],
  params?: Params,
  { isEnabled = true, keepsPrevious = false, everyMs }: UseApiOptions = {},
): UseQueryResult<T> {
  return useQuery<T>({
    queryKey: params === undefined ? segments : [...segments, params],
    queryFn: ({ signal }) => getJson<T>(segments, params, signal),
    enabled: isEnabled,
    ...(keepsPrevious ? { placeholderData: keepPreviousData as never } : {}),
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
}
