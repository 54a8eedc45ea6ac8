import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Unloaded } from '../../parts/unloaded.tsx';

type PartStateProps<T> = {
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
};

/** What was loaded; else that it is being loaded, or why it was not. What was there before stays with the reason. */
export function PartState<T>({ query, children }: PartStateProps<T>) {
  const { data, error, refetch } = query;
  const retry = () => void refetch();

  return (
    <div className="run-part">
      {data === undefined || error === null ? null : <ProblemNote error={error} onRetry={retry} />}
      {data === undefined ? <Unloaded error={error} onRetry={retry} /> : children(data)}
    </div>
  );
}
