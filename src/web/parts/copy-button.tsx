import { useEffect, useState } from 'react';

export type CopyButtonProps = { readonly text: string; readonly label?: string };

const SAID_MS = 2_000;

/** Copies a text, and says for two seconds that it has. */
export function CopyButton({ text, label = 'Copy' }: CopyButtonProps) {
  const [said, setSaid] = useState('');

  useEffect(() => {
    if (said === '') return;
    const timer = window.setTimeout(() => setSaid(''), SAID_MS);

    return () => window.clearTimeout(timer);
  }, [said]);

  const copy = async (): Promise<void> => setSaid((await copyText(text)) ? 'Copied' : 'Could not be copied');

  return (
    <button type="button" className="quiet" onClick={() => void copy()}>
      {said === '' ? label : said}
      <span className="sr-only" aria-live="polite">
        {said}
      </span>
    </button>
  );
}

/** Over plain HTTP from another machine a browser has no clipboard to offer: false then. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);

    return true;
  } catch {
    return false;
  }
}
