import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { type RunUrl, runUrl, withRunUrl } from './run-url.ts';

/** Goes to another tab, event, task or moment of the run. What is left out stays. */
export type Go = (changes: Partial<RunUrl>) => void;

/** What of the page stands in its address, and how to change it. One can go back from a change of tab or task. */
export function useRunUrl(): readonly [RunUrl, Go] {
  const [search, setSearch] = useSearchParams();
  const url = useMemo(() => runUrl(search), [search]);
  const go = useCallback<Go>(
    (changes) =>
      setSearch((before) => withRunUrl(before, changes), {
        replace: changes.tab === undefined && changes.task === undefined,
      }),
    [setSearch],
  );

  return [url, go];
}
