import { useLayoutEffect, useRef } from 'react';
import { bindKeys } from './key-hub.ts';
import type { KeyBinding } from './key-table.ts';

/**
 * Keys that hold while the component is shown. They are listed on the `?` sheet. What is on the screen and what its
 * keys do change together: whoever sees an event may press the key to the next one.
 */
export function useKeys(bindings: readonly KeyBinding[]): void {
  const latest = useRef(bindings);
  useLayoutEffect(() => {
    latest.current = bindings;
  });
  const names = bindings.map(({ keys, what }) => `${keys}\t${what}`).join('\n');
  useLayoutEffect(() => {
    const lines = names === '' ? [] : names.split('\n');

    return bindKeys(
      lines.map((line, index) => {
        const [keys = '', what = ''] = line.split('\t');

        return { keys, what, act: () => latest.current[index]?.act() };
      }),
    );
  }, [names]);
}
