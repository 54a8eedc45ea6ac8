import { QueryClient } from '@tanstack/react-query';
import { ApiProblem } from './client.ts';

const RETRIES_MAX = 2;

/** The stream says what has changed, so nothing is asked again on a clock or because a window came to the front. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        gcTime: 5 * 60_000,
        refetchOnWindowFocus: false,
        retry: (count, error) =>
          count < RETRIES_MAX && (!(error instanceof ApiProblem) || error.problem.retryable),
      },
    },
  });
}
