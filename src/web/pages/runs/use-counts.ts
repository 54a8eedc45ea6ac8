import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { RunList } from '../../../api/run.ts';
import { getJson } from '../../api/client.ts';
import type { RunFilter } from './run-filter.ts';

/** How many runs fit by status, as it is now: asked for apart, so that the rows may stay as they are. */
export function useCounts({ q, where, status }: RunFilter): RunList | undefined {
  const params = { q, where, status, limit: 1 };

  return useQuery({
    queryKey: ['counts', params],
    queryFn: ({ signal }) => getJson<RunList>(['runs'], params, signal),
    placeholderData: keepPreviousData,
  }).data;
}
