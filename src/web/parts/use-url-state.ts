import { useCallback } from 'react';
import { useSearchParams } from 'wouter';

/**
 * One parameter of the page's address: what is chosen there stays in a copied link. The value of `fallback` is left
 * out of the address. A change replaces the entry of the history, or with `isEntry` makes one of its own.
 */
export function useUrlState(
  name: string,
  fallback = '',
  { isEntry = false }: { readonly isEntry?: boolean } = {},
): readonly [string, (value: string) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (value: string) => {
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          if (value === fallback) next.delete(name);
          else next.set(name, value);

          return next;
        },
        { replace: !isEntry },
      );
    },
    [setParams, name, fallback, isEntry],
  );

  return [params.get(name) ?? fallback, set];
}
