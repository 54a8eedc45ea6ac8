import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ProblemNote } from '../../parts/problem-note.tsx';

type PartStateProps<T> = {
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
};

/** What was loaded; else that it is being loaded, or why it was not. What was there before stays with the reason. */
export function PartState<T>({ query, children }: PartStateProps<T>) {
  const { data, error, refetch } = query;

  return (
    <div className="run-part">
      {error === null ? null : <ProblemNote error={error} onRetry={() => void refetch()} />}
      {data === undefined ? error === null && <p className="empty">Loading …</p> : children(data)}
    </div>
  );
}
