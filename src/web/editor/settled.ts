import { useEffect, useState } from 'react';

/** The value once it has not changed for a while, in ms. */
export function useSettled<T>(value: T, whileMs: number): T {
  const [settled, setSettled] = useState(value);

  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(() => value), whileMs);

    return () => window.clearTimeout(timer);
  }, [value, whileMs]);

  return settled;
}
