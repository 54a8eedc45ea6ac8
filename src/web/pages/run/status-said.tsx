import { useEffect, useRef, useState } from 'react';
import type { RunPage } from '../../../api/run.ts';
import { statusLook } from '../../parts/status/status-look.ts';

const everyMs = 5_000;

/** Tells screen readers how the run is when that changes, at most every 5 s. */
export function StatusSaid({ page }: { readonly page: RunPage }) {
  const text = `${page.definition.id} is ${statusLook(page.shown).word}. ${page.why[0] ?? ''}`;
  const [said, setSaid] = useState(text);
  const lastAt = useRef(0);
  useEffect(() => {
    if (text === said) return;
    const wait = Math.max(0, lastAt.current + everyMs - Date.now());
    const timer = window.setTimeout(() => {
      lastAt.current = Date.now();
      setSaid(text);
    }, wait);

    return () => window.clearTimeout(timer);
  }, [text, said]);

  return (
    <p className="sr-only" aria-live="polite">
      {said}
    </p>
  );
}
