import { useEffect, useState } from 'react';

/** Goes up each time that the theme of the page changes, whether it was switched here or by the system. */
export function useThemeCount(): number {
  const [count, setCount] = useState(0);

  useEffect(() => {
    const changed = (): void => setCount((before) => before + 1);
    const system = window.matchMedia('(prefers-color-scheme: dark)');
    const watcher = new MutationObserver(changed);
    system.addEventListener('change', changed);
    watcher.observe(document.documentElement, { attributeFilter: ['data-theme'] });

    return () => {
      system.removeEventListener('change', changed);
      watcher.disconnect();
    };
  }, []);

  return count;
}
